"""Uses that a type checker must report, each on its line and nothing else: see ``test_typing.py``. It is never run."""

from __future__ import annotations

import nnprune
from nnprune.pruning.schedules import lobs

net = nnprune.MLP((4, 3, 2), rng=0)
data = nnprune.make_xor()
x, y = data.x_train, data.y_train

nnprune.prune_magnitude(net, sparsity="half")  # wrong
nnprune.prune_magnitude(net, sparsity=0.5, scope="global")  # wrong
nnprune.prune_magnitude(net, sparsity={"first": 0.5})  # wrong
nnprune.prune_snip(net, x, y, sparsity=0.5, layers=0)  # wrong
nnprune.prune_lobs(net, x, pattern=(2, 4))  # wrong
nnprune.prune_lobs(net)  # wrong
nnprune.prune_lobs(net, x, sparsity=0.5, inverse="exat")  # wrong
nnprune.prune_lobs(net, x, 0.5)  # wrong
nnprune.prune_obd(net, x, y, n_remove=[1, 2])  # wrong
nnprune.prune_obs(net, x, y, sparsity=0.5, refresh="never")  # wrong
nnprune.prune_obs(net, x, y, sparsity=0.5, progress="yes")  # wrong
nnprune.LayerHessian(2) + x  # wrong
nnprune.prune_layer(x, x, 0.5)  # wrong
nnprune.prune_layer(x, x, sparsity=0.5, scope="network")  # wrong
nnprune.unfold(x, "3")  # wrong
nnprune.prune_units(net, x, (2,))  # wrong
nnprune.prune_units(net, x, sizes="half")  # wrong
nnprune.prune_wanda(net, x, sparsity=0.5, scope="row")  # wrong
nnprune.prune_sparsegpt(net, x, n_remove=3)  # wrong
nnprune.train(net, x)  # wrong
nnprune.train(net, x, y, epochs="ten")  # wrong
nnprune.MLP((4, 3, 2), activation="gelu")  # wrong
nnprune.MLP.from_arrays([[[1.0]]], layout="keras")  # wrong
nnprune.make_monks("1")  # wrong
nnprune.run_stages(net, x, y, "magnitude to 0.5")  # wrong
lobs(0.9)  # wrong

r = nnprune.prune_magnitude(net, sparsity=0.5)
r.nett  # wrong
r[0]  # wrong
many = nnprune.prune_magnitude(net, sparsity=[0.5, 0.9])
many.net  # wrong
nnprune.certify(net, r.net, x)  # wrong
net.weigths  # wrong
nnprune.prune_tempered(net)  # wrong
