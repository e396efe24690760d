"""The filter of system calls (seccomp): what reading a file never needs is refused by the kernel, with EPERM.

Landlock says nothing of some ways to change a file that one may not open (its length, mode, owner, times), and of other
processes: both are refused here. A thread may be started, another process may not, but where a program is to run.
"""

from __future__ import annotations

import struct

# By what each could reach; the numbers on x86-64 and on AArch64, where it has the call.
_NETWORK = {
    "connect": (42, 203),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
}
_FILES = {
    "truncate": (76, 45),
    "chmod": (90,),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92,),
    "fchown": (93, 55),
    "lchown": (94,),
    "fchownat": (260, 54),
    "utime": (132,),
    "utimes": (235,),
    "futimesat": (261,),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "open_by_handle_at": (304, 265),
}
_PROCESSES = {
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_unlink": (241, 181),
}
_KERNEL = {
    "mount": (165, 40),
    "chroot": (161, 51),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "unshare": (272, 97),
    "setns": (308, 268),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
}
# What a program of the system needs of these: to start others, and local sockets of its own that nobody reaches.
_PROGRAMS = {
    "fork": (57,),
    "vfork": (58,),
    "execve": (59, 221),
    "execveat": (322, 281),
    "socketpair": (53, 199),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
}
_SOCKET, _CLONE, _CLONE3, _FCNTL, _PRLIMIT = (41, 198), (56, 220), (435, 435), (72, 25), (302, 261)
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOCAL_SOCKET = 1
_THREAD, _NAMESPACES = 0x10000, 0x7E020000  # bits of clone
_SET_OWNER = (8, 15)  # fcntl: who gets a signal, of our choice, when the descriptor is ready

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL = (_RETURN, 0, 0, 0x7FFF0000), (_RETURN, 0, 0, 0x80000000)
_REFUSE = (_RETURN, 0, 0, 0x00050001)  # EPERM
_UNKNOWN = (_RETURN, 0, 0, 0x00050026)  # ENOSYS: the C library then takes the older call, whose flags can be seen
_LOAD_CALL = (_LOAD, 0, 0, 0)
Step = tuple[int, int, int, int]


def compiled(machine: str, *, programs: bool) -> bytes | None:
    """The filter, ready for the kernel; None where this processor's numbers are not known here."""
    if machine not in _MACHINES:
        return None
    at, architecture = _MACHINES[machine]
    groups = (_NETWORK, _FILES, _PROCESSES, _KERNEL, {} if programs else _PROGRAMS)
    refused = [numbers[at] for group in groups for numbers in group.values() if at < len(numbers)]
    looked_at = [
        *((_EQUAL, 0, 1, _CLONE3[at]), _UNKNOWN),
        *_where(_PRLIMIT[at], 0, (_EQUAL, 0, 1, 0), _ALLOW, _REFUSE),
        *(step for command in _SET_OWNER for step in _where(_FCNTL[at], 1, (_EQUAL, 0, 1, command), _REFUSE)),
    ]
    if programs:
        looked_at += _where(_CLONE[at], 0, (_ANY_BIT, 0, 1, _NAMESPACES), _REFUSE, _ALLOW)
        looked_at += _where(_SOCKET[at], 0, (_EQUAL, 0, 1, _LOCAL_SOCKET), _ALLOW, _REFUSE)
    else:
        looked_at += _where(_CLONE[at], 0, (_ANY_BIT, 0, 1, _THREAD), _ALLOW, _REFUSE)
        refused.append(_SOCKET[at])
    program = [
        (_LOAD, 0, 0, 4),  # the architecture
        (_EQUAL, 1, 0, architecture),
        _KILL,
        _LOAD_CALL,
        (_AT_LEAST, 0, 1, 0x40000000),  # the second x86 numbering
        _REFUSE,
        *looked_at,
        *[(_EQUAL, len(refused) - place, 0, number) for place, number in enumerate(refused)],
        _ALLOW,
        _REFUSE,
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in program)


def _where(call: int, argument: int, test: Step, then: Step, otherwise: Step = _LOAD_CALL) -> list[Step]:
    """For this call alone: look at the lower half of an argument. Without `otherwise` the later rules are asked."""
    return [(_EQUAL, 0, 4, call), (_LOAD, 0, 0, 16 + 8 * argument), test, then, otherwise]
