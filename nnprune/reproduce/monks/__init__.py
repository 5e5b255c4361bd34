"""The MONK's problems (Hassibi & Stork 1992): how few weights OBS leaves, and the rule read off them.

The names below are those that lesson 08 and the capstone of lesson 07 use as well: a net trained to a minimum, a net
drawn as its links, the nets on the way down to one weight, and the smallest rule that says what a net says.

In reading order: ``run``, ``nets``, ``rules``, ``tables``, ``figures``, ``text``.
"""

from .figures import draw_net as draw_net
from .figures import net_links as net_links
from .nets import fit as fit
from .nets import sequence as sequence
from .rules import agrees as agrees
from .rules import count_rule as count_rule
from .rules import find_rule as find_rule
from .rules import in_words as in_words

__all__ = ["agrees", "count_rule", "draw_net", "find_rule", "fit", "in_words", "net_links", "sequence"]
