"""What pages may weigh: bytes on the wire with headers, over HTTP/2. One table, so that growth is a decision."""

FIRST = 4_500  # the front page until it can be used: HTML and style sheet, nothing known before
# The dictionary known, in a browser with scripts allowed; the error page is the identity page with all errors; the
# captcha's page holds its picture (about 230 bytes).
STEPS = {
    "data-diri": 300,
    "data-diri (errors)": 700,
    "pemeriksaan": 450,
    "persetujuan": 300,
    "alamat": 450,
    "minta-kode": 300,
    "kode": 350,
    "pekerjaan": 450,
    "program": 300,
    "periksa": 400,
    "bayar": 350,
    "selesai": 300,
}
SECOND = 5_000  # another registration in the same browser
JOURNEYS = {  # what the client takes: everything from the front page to the participant number
    "gzip, deflate, br, zstd, dcz": 14_600,
    "br": 30_000,
    "gzip": 30_000,
}
SCRIPTS = {"app.js": 1_200, "htmx-4.0.1.min.js": 12_100}  # brotli, without headers
COMPRESSION = 0.10  # of the processor time of a page
