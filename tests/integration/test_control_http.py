# SPDX-License-Identifier: Apache-2.0
"""The control API on TCP: who gets in and as whom, the attacks that must fail, TLS, and a listener that a reload changes."""

import getpass
import http.client
import json
import os
import random
import signal
import socket
import ssl
import subprocess
import unittest

from harness import BIN, TestCase, at, hung, perf_job, put_file

OPERATOR = "operator-token-of-the-test"
VIEWER = "viewer-token-of-the-test"
TOKENS = 'tokens: {operator: "${env:TAKTD_TEST_OPERATOR}", viewer: "${env:TAKTD_TEST_VIEWER}"}'
ENV = {"TAKTD_TEST_OPERATOR": OPERATOR, "TAKTD_TEST_VIEWER": VIEWER}


def free_port():
    """One that the kernel gives to nobody who asks for any port (ip_local_port_range): another test's simcloud cannot get it between
    now and its use."""
    while True:
        port = random.randrange(10_000, 30_000)
        with socket.socket() as taken:
            try:
                taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("taktd", timeout=hung())
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class ControlHttpTest(TestCase):
    def start(self, http_lines=TOKENS, listen=None):
        self.port = free_port()
        self.sim = self.world.start_simcloud()
        self.config = self.world.write_config([perf_job("load", at(3600), "1h")])
        self.serve_at(listen or f"127.0.0.1:{self.port}", http_lines)
        self.taktd = self.world.start_taktd(env=ENV).wait_ready()
        return self.taktd

    def serve_at(self, listen, http_lines=TOKENS):
        text = self.config.read_text()
        line = next(line for line in text.splitlines() if line.startswith("control:"))
        more = f", http: {{listen: \"{listen}\"{', ' if http_lines else ''}{http_lines}}}" if listen else ""
        put_file(self.config, text.replace(line, f"control: {{socket: {self.world.folder / 'control.sock'}{more}}}"))

    def send(self, connection, method, path, body=None, token=OPERATOR, headers=None):
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        connection.request(method, path, None if body is None else json.dumps(body), {**sent, **(headers or {})})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, answer.headers, json.loads(data) if data else None

    def ask(self, method, path, body=None, token=OPERATOR, headers=None, port=None):
        return self.send(http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=hung()), method, path, body, token, headers)

    def ask_socket(self, method, path, body=None, headers=None):
        return self.send(UnixConnection(self.world.folder / "control.sock"), method, path, body, None, headers)

    def raw(self, text, port=None):
        """What is said to these bytes until the connection ends."""
        with socket.create_connection(("127.0.0.1", port or self.port), timeout=hung()) as client:
            client.sendall(text.encode())
            said = b""
            try:
                while piece := client.recv(65536):
                    said += piece
            except ConnectionResetError:
                pass
        return said.decode(errors="replace")

    def refused(self, answer, status, code):
        self.assertEqual((answer[0], answer[2]["code"]), (status, code), answer[2])
        self.assertEqual(answer[1]["Content-Type"], "application/problem+json")
        return answer[2]["detail"]

    def login(self, role="operator"):
        status, _, made = self.ask_socket("POST", "/api/v1/login-codes", {"role": role})
        self.assertEqual(status, 200, made)
        return made

    def taktctl(self, *arguments, env=None, expected=0):
        done = subprocess.run([f"{BIN}/taktctl", *arguments, "--config", str(self.config)], text=True, capture_output=True, timeout=hung(),
                              env={**{k: v for k, v in os.environ.items() if k not in ("SSH_CONNECTION", "SUDO_USER")}, **(env or {})},
                              check=False)
        self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_a_token_has_its_role_and_acts_under_its_name(self):
        self.start()
        self.assertEqual(self.ask("GET", "/healthz", token=None)[0], 200)
        status = self.ask("GET", "/api/v1/status")[2]
        self.assertEqual((status["actor"], status["role"], status["via"]), ("token:operator", "operator", "token"))
        status = self.ask("GET", "/api/v1/status", token=VIEWER)[2]
        self.assertEqual((status["actor"], status["role"]), ("token:viewer", "viewer"))
        self.assertEqual(self.ask_socket("GET", "/api/v1/status")[2]["via"], "socket")
        hold = {"scope": "", "reason": "incident"}
        self.assertIn("viewer may look", self.refused(self.ask("POST", "/api/v1/holds", hold, VIEWER), 403, "role"))
        self.assertEqual(self.ask("GET", "/api/v1/holds")[2]["holds"], [])
        status, _, held = self.ask("POST", "/api/v1/holds", hold, headers={"Taktd-Actor": "mallory"})
        self.assertEqual((status, held["holds"][0]["actor"]), (200, "token:operator"))
        for route in self.ask("GET", "/api/v1")[2]["routes"]:
            if route["method"] == "POST" and route["role"] == "operator":
                path = route["path"].replace("{job}", "load").replace("{run}", "load").replace("{provider}", "perf")
                self.refused(self.ask("POST", path, {}, VIEWER), 403, "role")
        log = json.dumps(self.taktd.lines())
        self.assertNotIn(OPERATOR, log)
        self.assertNotIn(VIEWER, log)
        self.assertEqual(self.taktd.terminate(), 0)

    def test_attacks_fail_one_by_one(self):
        self.start()
        stop = {"scope": "", "reason": "attack"}
        here = f"127.0.0.1:{self.port}"
        with self.subTest("no token, a wrong one, one in the address"):
            answer = self.ask("GET", "/api/v1/status", token=None)
            self.assertIn("taktctl dashboard", self.refused(answer, 401, "token"))
            self.assertEqual(answer[1]["WWW-Authenticate"], "Bearer")
            self.refused(self.ask("POST", "/api/v1/stop", stop, token=OPERATOR[:-1]), 401, "token")
            self.assertIn("Authorization", self.refused(self.ask("GET", f"/api/v1/status?token={OPERATOR}", token=None), 400, "form"))
            self.taktd.wait_line("a wrong token was shown")
        with self.subTest("a page of another origin"):
            for origin in ("https://evil.example", "null", f"http://{here}.evil.example"):
                answer = self.ask("POST", "/api/v1/stop", stop, headers={"Origin": origin})
                self.refused(answer, 403, "origin")
                self.assertFalse([name for name in answer[1] if name.lower().startswith("access-control")])
            answer = self.ask("OPTIONS", "/api/v1/stop", token=None, headers={"Access-Control-Request-Method": "POST"})
            self.assertEqual((answer[0], answer[1]["Allow"]), (204, "OPTIONS, POST"))
            self.assertFalse([name for name in answer[1] if name.lower().startswith("access-control")])
            self.assertEqual(self.ask("GET", "/api/v1/status", headers={"Origin": f"http://{here}"})[0], 200)
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
                self.refused(self.ask("POST", "/api/v1/stop", stop, headers={"Content-Type": kind}), 415, "form")
        with self.subTest("a forged Host, DNS rebinding"):
            for host in ("evil.example", f"evil.example:{self.port}", "127.0.0.1:1", "127.0.0.1"):
                self.refused(self.ask("GET", "/healthz", headers={"Host": host}), 403, "host")
            said = self.raw(f"GET /healthz HTTP/1.1\r\nHost: {here}\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            self.assertIn("HTTP/1.1 403", said)
            self.assertIn("HTTP/1.1 403", self.raw("GET /healthz HTTP/1.0\r\n\r\n"))
            self.assertEqual(self.ask("GET", "/healthz", headers={"Host": f"localhost:{self.port}"})[0], 200)
            self.assertEqual(self.ask_socket("GET", "/healthz", headers={"Host": "evil.example", "Origin": "null"})[0], 200)
        with self.subTest("a page in a frame, a script in a name"):
            headers = self.ask("GET", "/api/v1/jobs")[1]
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
            self.assertIn("require-trusted-types-for 'script'", headers["Content-Security-Policy"])
            self.assertEqual((headers["X-Content-Type-Options"], headers["Referrer-Policy"], headers["Cache-Control"],
                              headers["Cross-Origin-Opener-Policy"], headers["Cross-Origin-Resource-Policy"]),
                             ("nosniff", "no-referrer", "no-cache", "same-origin", "same-origin"))  # it has an ETag
            self.assertEqual(self.ask("GET", "/api/v1/status")[1]["Cache-Control"], "no-store")
        with self.subTest("smuggling"):
            inner = f"POST /api/v1/stop HTTP/1.1\r\nHost: {here}\r\nAuthorization: Bearer {OPERATOR}\r\nContent-Length: 0\r\n\r\n"
            for framing in (f"Content-Length: {len(inner)}\r\nTransfer-Encoding: chunked\r\n",
                            f"Transfer-Encoding: chunked\r\nContent-Length: {len(inner)}\r\n",
                            f"Content-Length: 0\r\nContent-Length: {len(inner)}\r\n"):
                said = self.raw(f"GET /healthz HTTP/1.1\r\nHost: {here}\r\n{framing}\r\n0\r\n\r\n{inner}")
                self.assertEqual(said.count("HTTP/1.1"), 1, said)
                self.assertIn("HTTP/1.1 400", said)
                self.assertIn("Content-Security-Policy", said)
        with self.subTest("oversized"):
            self.refused(self.ask("GET", "/healthz?" + "x" * 5000), 414, "form")
            said = self.raw(f"GET /healthz HTTP/1.1\r\nHost: {here}\r\nX: {'x' * 17000}\r\n\r\n")
            self.assertIn("HTTP/1.1 431", said)
            self.assertIn('"status":431', said)
            said = self.raw(f"POST /api/v1/stop HTTP/1.1\r\nHost: {here}\r\nContent-Length: 300000\r\n\r\n")
            self.assertIn("HTTP/1.1 413", said)
            self.refused(self.ask("GET", "/api/v1/status", headers={"Accept": "text/html"}), 406, "form")
        with self.subTest("the socket's routes"):
            self.refused(self.ask("POST", "/api/v1/login-codes", {}), 403, "role")
        with self.subTest("guesses"):
            answers = [self.ask("GET", "/api/v1/status", token=f"guess-{n}")[0] for n in range(12)]
            self.assertEqual(answers[-1], 429)
            self.assertIn("wait a minute", self.refused(self.ask("POST", "/api/v1/sessions", {"code": "guess"}, None), 429, "tokens"))
            self.assertEqual(self.ask("GET", "/api/v1/status")[0], 200)
        self.assertEqual(self.ask("GET", "/api/v1/holds")[2]["holds"], [])
        self.assertEqual(self.taktd.terminate(), 0)

    def test_strangers_that_say_nothing_keep_nobody_out(self):
        self.start()
        begun = [socket.create_connection(("127.0.0.1", self.port), timeout=hung()) for _ in range(40)]
        begun[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.")
        self.assertEqual(self.ask("GET", "/api/v1/status")[0], 200)
        self.assertEqual(begun[0].recv(1), b"", "the oldest had to make way")
        self.assertEqual(begun[-1].recv(1), b"", "a header that does not end is waited for ten seconds")
        for client in begun:
            client.close()
        self.assertEqual(self.taktd.terminate(), 0)

    def test_a_login_code_is_good_once_and_its_session_acts_under_the_name_of_who_asked(self):
        self.start()
        said = self.taktctl("dashboard", env={"SUDO_USER": "ann"})
        address, _, code = said.splitlines()[0].partition("#login=")
        self.assertEqual(address, f"http://127.0.0.1:{self.port}/")
        self.assertNotIn("ssh", said)
        who = "ann (sudo)" if getpass.getuser() == "root" else getpass.getuser()
        status, _, session = self.ask("POST", "/api/v1/sessions", {"code": code}, None)
        self.assertEqual((status, session["actor"], session["role"]), (200, who, "operator"))
        status = self.ask("GET", "/api/v1/status", token=session["token"])[2]
        self.assertEqual((status["actor"], status["via"]), (who, "page"))
        held = self.ask("POST", "/api/v1/holds", {"scope": "", "reason": "incident"}, session["token"])[2]
        self.assertEqual(held["holds"][0]["actor"], who)
        # Somebody who has read the code uses it, too: neither of the two goes on.
        self.assertIn("used before", self.refused(self.ask("POST", "/api/v1/sessions", {"code": code}, None), 401, "token"))
        self.assertEqual(self.taktd.wait_line("a login code was used twice, and the session that it had begun is ended")["actor"], who)
        self.refused(self.ask("GET", "/api/v1/status", token=session["token"]), 401, "token")

        said = self.taktctl("dashboard", "--viewer", env={"SSH_CONNECTION": "192.0.2.9 50022 192.0.2.1 2222", "SUDO_USER": "ann"})
        self.assertIn(f"ssh -N -L {self.port}:127.0.0.1:{self.port} -p 2222 ann@192.0.2.1", said)
        code = said.splitlines()[0].partition("#login=")[2]
        token = self.ask("POST", "/api/v1/sessions", {"code": code}, None)[2]["token"]
        self.refused(self.ask("POST", "/api/v1/holds/release", {"scope": ""}, token), 403, "role")
        self.assertEqual(self.ask("DELETE", "/api/v1/sessions/current", token=token)[0], 204)
        self.refused(self.ask("GET", "/api/v1/status", token=token), 401, "token")
        self.refused(self.ask("DELETE", "/api/v1/sessions/current"), 409, "state")
        self.refused(self.ask_socket("POST", "/api/v1/login-codes", {"role": "root"}), 400, "form")
        self.assertNotIn(code, json.dumps(self.taktd.lines()))
        self.assertEqual(self.taktd.terminate(), 0)

    def test_a_reload_opens_the_new_listener_before_it_closes_the_old_one(self):
        self.start()
        old, new = self.port, free_port()
        self.serve_at(f"127.0.0.1:{new}")
        status, _, reloaded = self.ask("POST", "/api/v1/config/reload", {})  # answered by the listener that it ends
        self.assertEqual((status, reloaded["applied"]), (200, True))
        self.assertEqual(self.ask("GET", "/healthz", port=new)[0], 200)
        with self.assertRaises(ConnectionRefusedError):
            self.ask("GET", "/healthz", port=old)

        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.serve_at(f"127.0.0.1:{taken.getsockname()[1]}")
            detail = self.ask("POST", "/api/v1/config/reload", {}, port=new)
            self.refused(detail, 422, "config")
            self.assertIn("Address already in use", detail[2]["errors"][0])
            self.assertIn("ss -ltnp", detail[2]["errors"][0])
        self.assertEqual(self.ask("GET", "/healthz", port=new)[0], 200, "the old one goes on")

        # Other tokens at the same place: nothing is opened anew, and the old ones are good no more.
        secret = self.world.folder / "token"
        secret.write_text("another-token-of-the-test\n")
        secret.chmod(0o600)
        self.serve_at(f"127.0.0.1:{new}", f'tokens: {{operator: "${{file:{secret}}}"}}')
        self.assertEqual(self.ask("POST", "/api/v1/config/reload", {}, port=new)[0], 200)
        self.refused(self.ask("GET", "/api/v1/status", port=new), 401, "token")
        self.assertEqual(self.ask("GET", "/api/v1/status", port=new, token="another-token-of-the-test")[0], 200)
        secret.write_text("short\n")
        rehearsed = self.ask_socket("POST", "/api/v1/config/reload", {"dry_run": True})[2]
        self.assertIn("fewer than 20 characters", rehearsed["errors"][0])
        self.assertIn("fewer than 20 characters", self.ask_socket("POST", "/api/v1/config/reload", {})[2]["errors"][0])
        secret.unlink()
        self.assertIn("cannot be read", self.ask_socket("POST", "/api/v1/config/reload", {})[2]["errors"][0])
        self.assertEqual(self.ask("GET", "/api/v1/status", port=new, token="another-token-of-the-test")[0], 200)

        self.serve_at(None)
        self.assertEqual(self.ask_socket("POST", "/api/v1/config/reload", {})[0], 200)
        with self.assertRaises(ConnectionRefusedError):
            self.ask("GET", "/healthz", port=new)
        self.assertIn("control.http", self.refused(self.ask_socket("POST", "/api/v1/login-codes", {}), 409, "state"))
        self.assertIn("control.http", self.taktctl("dashboard", expected=1))
        self.assertEqual(self.taktd.terminate(), 0)

    def test_a_port_that_is_taken_at_the_start_keeps_no_schedule_from_running(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.world.start_simcloud()
            self.config = self.world.write_config([perf_job("load", at(1), "1h")])
            self.serve_at(f"127.0.0.1:{port}")
            taktd = self.world.start_taktd(env=ENV).wait_ready()
            self.assertIn("ss -ltnp", taktd.wait_line("the API is not served on TCP; schedules go on, and the next reload tries again")["cause"])
        taktd.reload()
        self.wait_state("load", "running")
        self.assertEqual(self.ask("GET", "/api/v1/status", port=port)[0], 200)
        self.assertEqual(taktd.terminate(), 0)

    def certificate(self, name):
        paths = self.world.folder / f"{name}.crt", self.world.folder / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(paths[1]), "-out",
                        str(paths[0])], check=True, capture_output=True)
        paths[1].chmod(0o600)
        return paths

    def ask_tls(self, certificate):
        context = ssl.create_default_context(cafile=str(certificate))
        return self.send(http.client.HTTPSConnection("127.0.0.1", self.port, timeout=hung(), context=context), "GET", "/api/v1/status")[0]

    def test_tls_with_a_certificate_that_a_reload_replaces(self):
        certificate, key = self.certificate("one")
        other, other_key = self.certificate("two")
        lines = TOKENS.replace("{", "{{").replace("}", "}}") + ', tls: {{certificate: {}, key: "${{file:{}}}"}}'
        self.start(lines.format(certificate, key))
        listen = f"127.0.0.1:{self.port}"
        self.assertEqual(self.ask_tls(certificate), 200)
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.ask_tls(other)
        self.assertNotIn("HTTP/1.1 200", self.raw(f"GET /healthz HTTP/1.1\r\nHost: {listen}\r\n\r\n"))
        self.assertTrue(self.login()["address"].startswith("https://127.0.0.1:"))
        self.serve_at(listen, lines.format(other, key))
        self.assertIn("key does not", self.ask_socket("POST", "/api/v1/config/reload", {})[2]["errors"][0])
        self.serve_at(listen, lines.format(self.config, key))
        self.assertIn("not PEM", self.ask_socket("POST", "/api/v1/config/reload", {})[2]["errors"][0])
        self.assertEqual(self.ask_tls(certificate), 200)
        self.serve_at(listen, lines.format(other, other_key))
        self.assertEqual(self.ask_socket("POST", "/api/v1/config/reload", {})[0], 200)
        self.assertEqual(self.ask_tls(other), 200)
        self.serve_at(f"0.0.0.0:{self.port}")
        self.assertIn("add 'tls:", self.ask_socket("POST", "/api/v1/config/reload", {})[2]["errors"][0])
        self.assertEqual(self.ask_tls(other), 200)
        self.assertEqual(self.taktd.terminate(), 0)

    @unittest.skipUnless(os.geteuid() == 0, "only root can be two users")
    def test_taktctl_speaks_to_no_socket_that_another_user_has_put_in_its_place(self):
        self.start()
        self.taktd.send(signal.SIGKILL)
        self.taktd.wait_exit()
        path = self.world.folder / "control.sock"
        path.unlink()
        self.world.folder.chmod(0o777)
        script = ("import os, socket, sys\nos.setuid(65534)\ns = socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\nos.chmod(sys.argv[1], 0o666)\n"
                  "s.listen()\nprint('ready', flush=True)\nc, _ = s.accept()\nprint(len(c.recv(65536)))\n")
        impostor = subprocess.Popen(["python3", "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(impostor.stdout.readline(), "ready\n")
            said = self.taktctl("stop", "--all", "--yes", "--reason", "a secret plan", expected=3)
            self.assertIn("is served by uid 65534", said)
            self.assertEqual(impostor.communicate(timeout=hung())[0].strip(), "0")
        finally:
            impostor.kill()
            impostor.wait()


if __name__ == "__main__":
    unittest.main()
