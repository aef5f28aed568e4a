"""Check what a wheel holds: two packages, both typed, and nothing else at its top."""

import sys
from zipfile import ZipFile

names = ZipFile(sys.argv[1]).namelist()
top = {name.split("/")[0] for name in names}
packages = {name for name in top if not name.endswith(".dist-info")}
missing = {f"{package}/py.typed" for package in packages} - set(names)
licences = [name for name in names if name.endswith("licenses/LICENSE")]
if packages != {"autograd_core", "nn"} or len(top) != 3 or missing or not licences:
    sys.exit(f"{sys.argv[1]} holds {sorted(top)}; without {sorted(missing)}; licences {licences}")
print(f"{len(names)} files in {sorted(top)}, both packages typed, with the licence")
