"""Bodies of requests and answers: exactly the fields that the client sends and accepts, in its spelling."""
