"""What a Prometheus server scrapes at /metrics."""
