"""Serves a rotation function as Lambda's Invoke API does: the answer of the handler, or its error, marked as one."""

import importlib.util
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

spec = importlib.util.spec_from_file_location("lambda_function", sys.argv[1])
function = importlib.util.module_from_spec(spec)
spec.loader.exec_module(function)


class Invoke(BaseHTTPRequestHandler):
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        has_failed, answer = False, None
        try:
            answer = function.lambda_handler(event, None)
        except Exception as error:
            has_failed, answer = True, {"errorMessage": str(error), "errorType": type(error).__name__}
        body = json.dumps(answer).encode()
        self.send_response(200 if self.path == "/2015-03-31/functions/rotate-login/invocations" else 404)
        if has_failed:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Invoke)
print("serving at http://127.0.0.1:%d" % server.server_port, file=sys.stderr, flush=True)
server.serve_forever()
