"""What a kubelet makes of the state files that it finds when it starts: ``shapes`` their Go types, ``reading`` Go's JSON, ``forms`` each
form with its checksum, ``judging`` whether a minor's kubelet takes a file.
"""
