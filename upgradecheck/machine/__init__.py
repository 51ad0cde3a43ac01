"""This node, as processes, files and sockets show it: who it is, its kubelet, its runtime. Everything is found beneath a ``Machine``.

``node`` tells its name and its boot, ``processes`` what runs, ``which_kubelet`` the kubelet's process or binary, ``kubelet_settings`` and
``kubelet_unit`` what they were told; ``local_kubelet`` is all of that at once. ``runtime`` tells who serves the runtime's socket.
"""
