"""Captures with tcpdump: begun before the first packet, ended after the last has been written."""
import signal
import time

from .processes import Process

FILTER = "tcp or icmp or (icmp6 and ip6[40] < 128) or (ip[6:2] & 0x3fff != 0)"


class Capture:
    def __init__(self, namespace, interface, path, folder, link=None, packets=FILTER):
        """link: a name of tcpdump's -y; packets: a filter, "" for everything."""
        self.path = path
        # -U: every packet is written when it comes. -Z root: the file may lie where only root can write.
        self.process = Process(
            namespace,
            [
                "tcpdump",
                "-i",
                interface,
                "-n",
                "-s",
                "0",
                "-U",
                "-Z",
                "root",
                "--immediate-mode",
                "-B",  # KiB: on links other than Ethernet a slot holds the largest packet there is, and few fit the usual buffer
                "16384",
                "--time-stamp-precision=nano",
                *(("-y", link) if link else ()),
                "-w",
                path,
                *((packets,) if packets else ()),
            ],
            folder,
            path.stem + ".tcpdump",
        )
        if not self.process.wait_for_text("listening on", 10):
            raise RuntimeError(f"tcpdump did not start: {self.process.text().strip()}")

    def stop(self):
        time.sleep(0.1)  # what the kernel has queued is written
        self.process.end(signal.SIGINT)
        if " 0 packets dropped by kernel" not in " " + self.process.text().replace("\n", " "):
            raise RuntimeError(f"the capture is not whole: {self.process.text().strip()}")
        self.path.chmod(0o644)
