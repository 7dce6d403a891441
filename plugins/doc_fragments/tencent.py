# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options of Tencent Cloud; the argument spec is plugins/module_utils/_tencent/options.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  secret_id:
    description:
      - The id of the key pair (SecretId), together with O(secret_key).
      - The environment variables that can take its place are listed in the notes.
    type: str
  secret_key:
    description:
      - The key itself (SecretKey), together with O(secret_id).
    type: str
  token:
    description:
      - The token that belongs to a temporary O(secret_id) and O(secret_key).
    type: str
  profile:
    description:
      - The name of a profile. C(~/.tccli/<profile>.credential), a file of C(tccli), is used if it exists, and else
        the section of that name of C(~/.tencentcloud/credentials), the file of Tencent Cloud's SDKs.
      - A C(tccli) profile that assumes a role, or whose type is C(cvm-role), C(oauth) or C(sso), is refused.
      - Not together with O(secret_id), O(secret_key) and O(token).
      - If no other source has a credential, the profile C(default) is used without being asked for. One that would
        be refused is then passed over.
    type: str
  instance_metadata:
    description:
      - On a Tencent Cloud server (CVM), use the temporary keys of its role if no other source has a credential.
    type: bool
    default: false
  site:
    description:
      - The site that the account belongs to. It chooses the host, V(cfw.tencentcloudapi.com) for V(china) and
        V(cfw.intl.tencentcloudapi.com) for V(international).
      - O(endpoint) and E(TENCENTCLOUD_CFW_ENDPOINT) take precedence over it.
      - If not set, E(TENCENTCLOUD_CFW_SITE) is used, and else V(china).
    type: str
    choices:
      - china
      - international
  endpoint:
    description:
      - The address of the firewall service, such as V(https://cfw.tencentcloudapi.com), without a path.
      - If not set, E(TENCENTCLOUD_CFW_ENDPOINT) is used, and else the address that belongs to O(site).
    type: str
  language:
    description:
      - The language of the service's own messages. Nothing else depends on it.
    type: str
    choices:
      - zh-CN
      - en-US
    default: en-US
  timeout:
    description:
      - How many seconds a request may take to connect, and again how many may pass without an answer.
    type: float
    default: 30
  retries:
    description:
      - How many times a request is repeated, from V(0) to V(10).
      - What only reads is repeated after any failure that can pass. What writes is repeated only when it certainly
        was not carried out, because no connection was made or because the service was asked too often.
      - A refused credential is never tried again.
    type: int
    default: 3
  settle_timeout:
    description:
      - How many seconds to look for the outcome of a write whose answer was lost, before the task fails and says
        that the outcome is unknown.
    type: float
    default: 60
  validate_certs:
    description:
      - Whether the service's certificate is checked. With V(false), anyone on the way can read and change what is
        sent.
    type: bool
    default: true
  ca_path:
    description:
      - A file with the CA certificates to trust, in PEM form, or a directory of them as OpenSSL lays it out.
      - Without it, the file that E(REQUESTS_CA_BUNDLE), E(CURL_CA_BUNDLE) or E(SSL_CERT_FILE) names is used, or
        else the one that C(requests) brings along.
      - Not together with O(validate_certs=false).
    type: path
requirements:
  - python >= 3.9
  - requests
notes:
  - "The credential is looked for in this order: O(secret_id) and O(secret_key); the O(profile), if one is named;
    E(TENCENTCLOUD_SECRET_ID) and E(TENCENTCLOUD_SECRET_KEY), with E(TENCENTCLOUD_TOKEN) or
    E(TENCENTCLOUD_SECURITY_TOKEN); C(~/.tccli/default.credential); section C([default]) of
    C(~/.tencentcloud/credentials); the server's metadata, if O(instance_metadata=true)."
  - One source supplies the whole credential, never a mixture of several. A source that has only a part of it, such
    as half a key pair, is an error and does not let the next one step in. Empty and blank values count as not set.
  - Assuming a role or an agency is left to the tools that hand out temporary keys. Give those keys with their
    token.
  - Never put a key into C(-a) of C(ansible -m) or as a literal into a playbook, since ansible-core prints both when
    a task fails. Use the environment, a profile or a vault.
  - Proxies are taken from E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY), in upper or lower case. The
    C(~/.netrc) file is never used, because it would replace the signature.
  - Keys and tokens are never sent over plain http, except to a loopback address.
  - Environment variables and files are those of the host and the user that the task runs as.
"""
