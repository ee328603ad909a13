"""What keys and tokens of known services look like, wherever they stand.

Each shape starts at a character that is no letter or digit before it, and every part has
a bounded or a single unbounded repeat, so that a search takes time linear in the text.
"""

from __future__ import annotations

import re

__all__ = ["HEADER_VALUE", "PEM_BLOCK", "TOKEN"]

_SHAPES = (
    # clouds
    r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}(?![A-Za-z0-9])",
    r"AIza[\w-]{30,}",
    r"ya29\.[\w.-]{20,}",
    r"GOCSPX-[\w-]{20,}",
    r"1//0[\w-]{30,}",
    r"do[opr]_v1_[a-f0-9]{40,}",
    r"dapi[a-f0-9]{32}(?:-\d)?",
    r"LTAI[A-Za-z0-9]{12,}",
    # code hosts and package registries
    r"gh[pousr]_[A-Za-z0-9]{20,}",
    r"github_pat_\w{22,}",
    r"gl(?:pat|dt|ptt|rt|cbt|ft|soat|agent|imt|oas|ffct)-[\w-]{18,}",
    r"GR1348941[\w-]{20,}",
    r"(?:ATATT3|ATCTT3|ATBB)[\w=-]{20,}",
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-[\w-]{30,}",
    r"rubygems_[a-f0-9]{40,}",
    r"dckr_(?:pat|oat)_[\w-]{20,}",
    r"AKCp[A-Za-z0-9]{60,}",
    r"CCIPAT_\w{20,}",
    r"bkua_[a-f0-9]{30,}",
    # models and training
    r"hf_[A-Za-z]{4}[A-Za-z0-9]{16,}",
    r"api_org_[A-Za-z0-9]{20,}",
    r"sk-(?:proj|svcacct|admin|service|None|ant|or|lf|test|live)-[\w-]{16,}",
    r"sk-(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}",
    r"pk-lf-[\w-]{20,}",
    r"lsv2_(?:pt|sk)_[a-f0-9_]{20,}",
    r"r8_[A-Za-z0-9]{30,}",
    r"gsk_[A-Za-z0-9]{30,}",
    r"xai-[A-Za-z0-9]{40,}",
    r"pplx-[A-Za-z0-9]{30,}",
    r"nvapi-[\w-]{30,}",
    r"tgp_v1_[\w-]{20,}",
    r"pcsk_\w{30,}",
    r"rpa_[A-Z0-9]{30,}",
    r"wandb_v\d_\w{20,}",
    r"local-[a-f0-9]{40}(?![A-Za-z0-9])",
    r"KGAT_[a-f0-9]{24,}",
    r"tvly-(?:dev-|prod-)?(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}",
    r"fw_(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}",
    r"csk-(?=[a-z]*\d)[a-z0-9]{30,}",
    # talk, mail, money
    r"xox[a-z]-[\w-]{10,}",
    r"xoxe\.xox[bp]-[\w-]{20,}",
    r"xapp-[\w-]{10,}",
    r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[\w/+-]{10,}",
    r"https://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/[\w/-]{20,}",
    r"https://[\w-]+\.webhook\.office\.com/\S{20,}",
    r"[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,}",
    r"\d{8,10}:AA[\w-]{33}(?![\w-])",
    r"SG\.[\w-]{16,}\.[\w-]{16,}",
    r"key-[a-f0-9]{32}(?![A-Za-z0-9])",
    r"SK[a-f0-9]{32}(?![A-Za-z0-9])",
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}",
    r"whsec_[A-Za-z0-9+/=]{20,}",
    r"sq0(?:atp|csp|idp)-[\w-]{20,}",
    r"shp(?:at|ca|pa|ss|ua)_[a-fA-F0-9]{30,}",
    # work tools and infrastructure
    r"lin_(?:api|oauth)_[A-Za-z0-9]{30,}",
    r"ntn_[A-Za-z0-9]{30,}",
    r"secret_(?=[A-Za-z]*\d)[A-Za-z0-9]{40,}",
    r"fig[dour]_[\w-]{30,}",
    r"pat[A-Za-z0-9]{14}\.[a-f0-9]{40,}",
    r"hv[sbr]\.[\w-]{20,}",
    r"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{30,}",
    r"pscale_(?:tkn|pw|oauth)_[\w.=-]{20,}",
    r"PMAK-[a-f0-9]{20,}-[a-f0-9]{20,}",
    r"gl(?:c|sa)_[\w+/=-]{30,}",
    r"NRAK-[A-Z0-9]{20,}",
    r"sntry[su]_[\w+/=-]{30,}",
    r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}",
    r"pul-[a-f0-9]{40}",
    r"tskey-[a-z]+-[\w-]{16,}",
    r"sb(?:p|_secret|_publishable)_[\w]{20,}",
    r"HRKU-[\w-]{30,}",
    r"AGE-SECRET-KEY-1[A-Z0-9]{40,}",
    r"glhf_[a-f0-9]{30,}",
    r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?",
    r"eyJ[\w-]{16,}\.(?:[\w-]*\.){3}[\w-]{16,}",
)

#: A token of any service above, or several without anything between them.
TOKEN = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_SHAPES)})+")

#: What follows ``Bearer`` or ``Basic`` in a header; group 1 is kept.
HEADER_VALUE = re.compile(r"\b((?:Bearer|Basic|bearer|basic)\s+)([A-Za-z0-9+/=._~-]{12,})")

#: A private key between its markers, or as much of it as there is.
PEM_BLOCK = re.compile(
    r"(-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----)"
    r"([A-Za-z0-9+/=\s\\:,.\-\"']*?)"
    r"(?=-----END|\Z|[^A-Za-z0-9+/=\s\\:,.\-\"'])"
)
