"""The dense net that the authors of L-OBS published, from its six files.

Their repository (github.com/csyhhu/L-OBS at commit 346e679, MIT licence, (c) 2017 Constantine) has it in the folder
``lenet300-100/original_parameters``: w_layer1.npy to w_layer3.npy, stored (in, out), and b_layer1.npy to b_layer3.npy.
784-300-100-10, relu, images divided by 255; 1.61 % test error. The files are not part of this project.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from ..nn.mlp import MLP

SIZES = (784, 300, 100, 10)
SOURCE = ("github.com/csyhhu/L-OBS at commit 346e679 (MIT licence), folder lenet300-100/original_parameters, six files "
          "w_layer1.npy ... b_layer3.npy")
SHA256 = {  # of the files; the net is theirs only if these agree
    "w_layer1.npy": "fa739391c45bcec4c765646f176a94b3190d468dbc1e3ca09c3f9385c3b86803",
    "b_layer1.npy": "56ad0e2c6f750625ae44b8de155ed04b41c6b6c0366ad5d5aece2620eee609e9",
    "w_layer2.npy": "2929f13419a268fc339295f42a8d12194f81b40c0419223e4f7e7a847c793949",
    "b_layer2.npy": "d147049dfeec7076c147a639c2ecccfdf219c8f07e26fb0c6d6717b78051fd3e",
    "w_layer3.npy": "e3e6a138fce8ada537e0e0706ed1c2e2081171f2feb057e3dd8081fb4e3550ac",
    "b_layer3.npy": "fc26ce8af294835637344f9922a7375a6955af5438f4ca269cce57f8c132aa22",
}


def authors_net(folder):
    """The net in the six files in ``folder``, and which of them are not the published ones.

    Parameters
    ----------
    folder : str or os.PathLike
        Another net of the same shape is taken too, and distinguished by the second value.

    Returns
    -------
    MLP
        Its weights are as they are stored, rounded nowhere.
    list of str
        The files whose SHA-256 is another one than that of the published file.

    Raises
    ------
    FileNotFoundError
        If a file is missing; the message names it and where to get it.
    ValueError
        If a file is no NumPy array, or of another shape, transposed for instance.
    """
    folder, arrays, others = Path(folder), {}, []
    missing = [name for name in SHA256 if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(f"--net {folder}: {', '.join(missing)} not found there. The authors' net: {SOURCE}")
    for name, sha256 in SHA256.items():
        l = int(name[len("w_layer")]) - 1
        shape = (SIZES[l], SIZES[l + 1]) if name[0] == "w" else (SIZES[l + 1],)
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != sha256:
            others.append(name)
        try:
            with open(folder / name, "rb") as f:
                arrays[name] = np.lib.format.read_array(f, allow_pickle=False)
        except (ValueError, OSError, EOFError) as error:
            raise ValueError(f"{folder / name} is no file of a NumPy array ({error}): get it again from {SOURCE}"
                             ) from None
        if arrays[name].shape != shape:
            transposed = arrays[name].shape == shape[::-1]
            raise ValueError(f"{folder / name} has the shape {arrays[name].shape}, but {shape} is needed for the net "
                             f"{'-'.join(map(str, SIZES))}"
                             + ": it is transposed; weights are stored (in, out), so save its .T" * transposed)
    weights, biases = ([arrays[f"{kind}_layer{l}.npy"] for l in (1, 2, 3)] for kind in "wb")
    return MLP.from_arrays(weights, biases, layout="in_out"), others
