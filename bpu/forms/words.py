"""The words for what the rules find: one table a field, from the code of a finding to what the person is told."""

from flask_babel import lazy_gettext as _

NIK = {
    "empty": _("NIK belum diisi. Lihat 16 angka di KTP Anda."),
    "spreadsheet_notation": _("Angka NIK ini terpotong oleh aplikasi tabel. Ketik 16 angka dari KTP."),
    "not_digits": _("NIK hanya berisi angka. Hapus huruf atau tandanya."),
    "short": _("NIK kurang %(missing)s angka. Periksa KTP Anda."),
    "long": _("NIK lebih %(extra)s angka. Periksa KTP Anda."),
    "looks_like_kpj": _("Ini sepertinya nomor peserta (KPJ). NIK ada di KTP, 16 angka."),
    "looks_like_health_card": _("Ini sepertinya nomor kartu BPJS Kesehatan. NIK ada di KTP, 16 angka."),
    "dummy_pattern": _("Ini nomor contoh. Tulis NIK dari KTP Anda."),
    "pre_ektp_number": _("Ini nomor KTP lama. Pakai NIK di KTP elektronik atau Kartu Keluarga."),
    "serial_0000": _("Empat angka terakhir NIK tidak mungkin 0000. Periksa KTP Anda."),
    "not_synthetic": _("Ini uji coba: jangan tulis NIK sungguhan. Pakai NIK contoh yang diakhiri 0000."),
    "letters_fixed": _("Huruf sudah kami ganti angka: %(nik)s. Cocokkan dengan KTP."),
    "province_unknown": _("Dua angka pertama NIK tidak kami kenal. Cocokkan lagi dengan KTP."),
    "regency_unknown": _("Empat angka pertama NIK tidak kami kenal. Cocokkan lagi dengan KTP."),
    "date_impossible": _("Angka ke-7 sampai 12 NIK biasanya tanggal lahir. Cocokkan lagi dengan KTP."),
    "birth_date_differs": _(
        "Di NIK tertulis tanggal %(nik_date)s, berbeda dari tanggal lahir Anda. Periksa keduanya di KTP."
    ),
    "maybe_kk_number": _("Mungkin ini Nomor Kartu Keluarga. NIK ada di KTP."),
    "gender_differs": _("Pilihan ini berbeda dari NIK Anda. Periksa NIK dan jenis kelamin."),
}
NAME = {
    "empty": _("Nama belum diisi. Tulis seperti di KTP."),
    "no_letter": _("Nama harus berisi huruf. Tulis seperti di KTP."),
    "length": _("Nama ini terlalu panjang. Paling banyak 100 huruf."),
    "looks_like_number": _("Ini sepertinya nomor, bukan nama. Tulis nama seperti di KTP."),
    "bad_char": _("Tanda “%(char)s” tidak bisa dipakai di nama. Tulis dengan huruf Latin seperti di KTP."),
    "digits": _("Ada angka di nama ini. Periksa lagi di KTP."),
    "long": _("Nama ini panjang sekali. Periksa lagi di KTP."),
    "placeholder_word": _("Apakah ini benar nama Anda? Tulis seperti di KTP."),
    "repeated_letters": _("Ada huruf yang berulang. Periksa lagi di KTP."),
}
PHONE = {
    "empty": _("Nomor HP belum diisi. Contoh: 0812 3456 7890"),
    "not_digits": _("Nomor HP hanya berisi angka. Contoh: 0812 3456 7890"),
    "two_numbers": _("Tulis satu nomor HP saja."),
    "landline": _("Ini nomor telepon rumah. Kami perlu nomor HP untuk SMS."),
    "not_mobile": _("Nomor ini bukan nomor HP. Contoh: 0812 3456 7890"),
    "service_number": _("Ini nomor layanan, bukan nomor HP. Contoh: 0812 3456 7890"),
    "foreign": _("Nomor HP harus nomor Indonesia, mulai dari 08 atau +62."),
    "short": _("Nomor HP ini terlalu pendek. Periksa angkanya."),
    "long": _("Nomor HP ini terlalu panjang. Periksa angkanya."),
    "letters_fixed": _("Huruf sudah kami ganti angka: %(shown)s. Periksa nomornya."),
    "prefix_unallocated": _("Awalan nomor ini belum kami kenal. Periksa nomornya."),
}
EMAIL = {
    "empty": _("Email belum diisi. Contoh: siti@contoh.id"),
    "syntax": _("Alamat email ini belum benar. Contoh: siti@contoh.id"),
    "no_at_sign": _("Alamat email harus berisi tanda @. Maksud Anda %(suggestion)s?"),
    "incomplete": _("Alamat email ini belum lengkap. Maksud Anda %(suggestion)s?"),
    "too_long": _("Alamat email ini terlalu panjang. Periksa lagi."),
    "two_addresses": _("Tulis satu alamat email saja."),
    "not_ascii": _("Alamat email hanya memakai huruf Latin, angka, dan tanda. Contoh: siti@contoh.id"),
    "line_break": _("Alamat email harus satu baris."),
    "cleaned": _("Alamat email kami rapikan menjadi %(value)s. Periksa lagi."),
    "suggest": _("Apakah maksud Anda %(suggestion)s?"),
}
BIRTH = {
    "empty": _("Tanggal lahir belum diisi. Contoh: 5 8 1990"),
    "part_missing": _("%(part)s lahir belum diisi."),
    "not_a_date": _("Tanggal ini tidak ada. Periksa tanggal lahir Anda."),
    "month": _("Bulan diisi angka 1 sampai 12."),
    "year": _("Tahun ditulis 4 angka. Contoh: 1990"),
    "future": _("Tanggal lahir ini belum terjadi. Periksa tahunnya."),
    "young": _("Usia Anda belum %(minimum)s tahun. Hubungi kantor BPJS Ketenagakerjaan."),
    "old": _("Pendaftaran baru hanya untuk usia di bawah %(maximum)s tahun. Hubungi kantor BPJS Ketenagakerjaan."),
}
ADDRESS = {
    "empty": _("Alamat belum diisi. Tulis jalan, gang, atau dusun."),
    "length": _("Alamat diisi 3 sampai 200 huruf. Tulis jalan, gang, atau dusun."),
    "bad_char": _("Tanda “%(char)s” tidak bisa dipakai di alamat."),
    "no_letter": _("Alamat harus berisi huruf atau angka."),
}
FREE = {
    "empty": _("Isian ini belum diisi."),
    "length": _("Isian ini terlalu panjang. Paling banyak %(limit)s huruf."),
    "bad_char": _("Tanda “%(char)s” tidak bisa dipakai di sini."),
    "no_letter": _("Isian ini harus berisi huruf atau angka."),
}
INCOME = {
    "empty": _("Penghasilan sebulan belum diisi. Contoh: 1.500.000"),
    "not_a_number": _("Tulis penghasilan dengan angka. Contoh: 1.500.000 atau 1,5 juta"),
    "two_amounts": _("Tulis satu jumlah saja. Contoh: 1.500.000"),
    "zero": _("Penghasilan harus lebih dari nol. Contoh: 1.500.000"),
    "too_low": _("%(amount)s sebulan terlalu kecil. Maksud Anda %(perhaps)s?"),
    "unknown_period": _("Tulis penghasilan untuk satu bulan. Contoh: 1.500.000"),
    "daily": _("%(daily)s seperti upah sehari. Kalau %(days)s hari kerja sebulan: %(monthly)s. Tulis jumlah sebulan."),
    "explained": _("%(amount)s %(per)s kami hitung menjadi %(monthly)s sebulan."),
    "too_high": _("Jumlah ini terlalu besar. Tulis penghasilan sebulan."),
}
OTP = {
    "wrong": _("Kode belum cocok. Masih ada %(left)s kesempatan."),
    "changed": _("Isian berubah sejak kode ini dikirim. Minta kode baru."),
    "expired": _("Kode ini sudah tidak berlaku. Minta kode baru."),
    "locked": _("Kode salah terlalu sering. Minta kode baru. Isian Anda tetap tersimpan."),
    "locked_today": _("Kode salah terlalu sering hari ini. Coba lagi besok. Isian Anda tetap tersimpan."),
}
RESUME = {
    "limit": _("Terlalu banyak percobaan. Tunggu satu jam, lalu coba lagi."),
    "wrong": _("Kode belum cocok. Periksa kode lanjut dan kode dari SMS."),
}
