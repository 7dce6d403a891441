# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options of Huawei Cloud; the argument spec is plugins/module_utils/_huawei/options.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  access_key:
    description:
      - The access key id (AK), together with O(secret_key).
      - The environment variables that can take its place are listed in the notes.
    type: str
  secret_key:
    description:
      - The secret access key (SK), together with O(access_key).
    type: str
  security_token:
    description:
      - The security token that belongs to a temporary O(access_key) and O(secret_key).
    type: str
  auth_token:
    description:
      - A token from IAM (C(X-Auth-Token)) instead of O(access_key) and O(secret_key).
    type: str
  profile:
    description:
      - The name of a section of C(~/.huaweicloud/credentials), the file of Huawei Cloud's SDKs. Its keys are C(ak),
        C(sk), C(security_token) and C(project_id).
      - Not together with O(access_key), O(secret_key), O(security_token) and O(auth_token).
      - If no other source has a credential, the section C([basic]) is used without being asked for.
    type: str
  instance_metadata:
    description:
      - On a Huawei Cloud server (ECS), use the temporary keys of its agency if no other source has a credential.
    type: bool
    default: false
  region:
    description:
      - The region of the firewall, such as V(cn-north-4) or V(ap-southeast-3). It chooses the hosts of O(endpoint)
        and O(iam_endpoint), and the project.
      - If not set, E(HW_REGION_NAME) is used.
      - Can be left out if O(endpoint) is given and the project's id is known.
    type: str
  project_id:
    description:
      - The id of the project that the firewall is in, as the console shows it under My Credentials.
      - If not set, it is taken from the source that the credential comes from, which is
        E(HUAWEICLOUD_SDK_PROJECT_ID) or E(HW_PROJECT_ID) beside keys of that family, or C(project_id) in the
        profile. Otherwise IAM is asked for the project named like O(region). A sub-project always has to be given.
    type: str
  enterprise_project_id:
    description:
      - The id of the enterprise project that the firewall is in, V(0) for the default one.
      - If not set, E(HW_ENTERPRISE_PROJECT_ID) is used.
    type: str
  endpoint:
    description:
      - The address of the firewall service, such as V(https://cfw.cn-north-4.myhuaweicloud.com), without a path.
      - If not set, E(HUAWEICLOUD_CFW_ENDPOINT) is used, and else the address that belongs to O(region).
    type: str
  iam_endpoint:
    description:
      - The address of IAM, which is asked for the project of O(region) when its id is not known.
      - If not set, E(HUAWEICLOUD_SDK_IAM_ENDPOINT) is used, and else the address that belongs to O(region).
    type: str
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
  - "The credential is looked for in this order: O(access_key) and O(secret_key), or O(auth_token); the O(profile),
    if one is named; E(HUAWEICLOUD_SDK_AK) and E(HUAWEICLOUD_SDK_SK), with E(HUAWEICLOUD_SDK_SECURITY_TOKEN) and
    E(HUAWEICLOUD_SDK_PROJECT_ID); E(HW_ACCESS_KEY) and E(HW_SECRET_KEY), with E(HW_SECURITY_TOKEN) and
    E(HW_PROJECT_ID); E(CLOUD_SDK_AK) and E(CLOUD_SDK_SK); E(HW_AUTH_TOKEN), with E(HW_PROJECT_ID); section
    C([basic]) of C(~/.huaweicloud/credentials); the server's metadata, if O(instance_metadata=true)."
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
