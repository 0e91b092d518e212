using System.Globalization;
using System.Text;

namespace Finwait.Inspect;

/// <summary>Names of ports and protocols as Debian's /etc/services and /etc/protocols have them, so that every machine prints the same.</summary>
internal static class ServiceNames
{
    /// <summary>Port and name; t behind the port stands for TCP only, u for UDP only.</summary>
    private const string Ports =
        "1t tcpmux|7 echo|9 discard|11t systat|13 daytime|15t netstat|17t qotd|19 chargen|20t ftp-data|21t ftp|21u fsp|22t ssh|23t telnet|" +
        "25t smtp|37 time|43t whois|49 tacacs|53 domain|67u bootps|68u bootpc|69u tftp|70t gopher|79t finger|80t http|88 kerberos|" +
        "102t iso-tsap|104t acr-nema|106t poppassd|110t pop3|111 sunrpc|113t auth|119t nntp|123u ntp|135t epmap|137u netbios-ns|" +
        "138u netbios-dgm|139t netbios-ssn|143t imap2|161 snmp|162 snmp-trap|163 cmip-man|164 cmip-agent|174t mailq|177u xdmcp|179t bgp|" +
        "199t smux|209t qmtp|210t z3950|213u ipx|319u ptp-event|320u ptp-general|345t pawserv|346t zserv|369 rpc2portmap|370 codaauth2|" +
        "371u clearcase|389 ldap|427 svrloc|443 https|444t snpp|445t microsoft-ds|464 kpasswd|465t submissions|487t saft|500u isakmp|" +
        "512t exec|512u biff|513t login|513u who|514t shell|514u syslog|515t printer|517u talk|518u ntalk|520u route|538 gdomap|540t uucp|" +
        "543t klogin|544t kshell|546u dhcpv6-client|547u dhcpv6-server|548t afpovertcp|554 rtsp|563t nntps|587t submission|607t nqs|" +
        "623u asf-rmcp|628t qmqp|631t ipp|636 ldaps|646 ldp|655 tinc|706t silc|749t kerberos-adm|750 kerberos4|751 kerberos-master|" +
        "752u passwd-server|754t krb-prop|775t moira-db|777t moira-update|779u moira-ureg|783t spamd|853 domain-s|871t supfilesrv|" +
        "873t rsync|989t ftps-data|990t ftps|992t telnets|993t imaps|995t pop3s|1080t socks|1093t proofd|1094t rootd|1099t rmiregistry|" +
        "1127t supfiledbg|1178t skkserv|1194 openvpn|1210u predict|1236t rmtcfg|1313t xtel|1314t xtelw|1352t lotusnote|1433t ms-sql-s|" +
        "1434u ms-sql-m|1524t ingreslock|1645 datametrics|1646 sa-msg-port|1649t kermit|1677t groupwise|1701u l2f|1812 radius|" +
        "1813 radius-acct|2000t cisco-sccp|2049 nfs|2086 gnunet|2101 rtcm-sc104|2102u zephyr-srv|2103u zephyr-clt|2104u zephyr-hm|" +
        "2119t gsigatekeeper|2121t iprop|2135t gris|2401t cvspserver|2430 venus|2431 venus-se|2432 codasrv|2433 codasrv-se|2583 mon|" +
        "2600t zebrasrv|2601t zebra|2602t ripd|2603t ripngd|2604t ospfd|2605t bgpd|2606t ospf6d|2607t ospfapi|2608t isisd|2628t dict|" +
        "2792t f5-globalsite|2811t gsiftp|2947t gpsd|3050t gds-db|3130u icpv2|3205 isns|3260t iscsi-target|3306t mysql|3389t ms-wbt-server|" +
        "3493 nut|3632t distcc|3689t daap|3690t svn|4031t suucp|4094t sysrqd|4190t sieve|4353t f5-iquery|4369t epmd|4373t remctl|" +
        "4460t ntske|4500u ipsec-nat-t|4557t fax|4559t hylafax|4569u iax|4691t mtn|4899t radmin-port|4949t munin|5060 sip|5061 sip-tls|" +
        "5222t xmpp-client|5269t xmpp-server|5308t cfengine|5353u mdns|5432t postgresql|5555u rplay|5556t freeciv|5666t nrpe|5667t nsca|" +
        "5671t amqps|5672t amqp|5680t canna|6000t x11|6001t x11-1|6002t x11-2|6003t x11-3|6004t x11-4|6005t x11-5|6006t x11-6|6007t x11-7|" +
        "6346 gnutella-svc|6347 gnutella-rtr|6379t redis|6444t sge-qmaster|6445t sge-execd|6446t mysql-proxy|6514t syslog-tls|" +
        "6566t sane-port|6667t ircd|6696u babel|6697t ircs-u|7000t bbs|7000u afs3-fileserver|7001u afs3-callback|7002u afs3-prserver|" +
        "7003u afs3-vlserver|7004u afs3-kaserver|7005u afs3-volser|7007u afs3-bos|7008u afs3-update|7009u afs3-rmtsys|7100t font-service|" +
        "8021t zope-ftp|8080t http-alt|8081t tproxy|8088t omniorb|8140t puppet|8990t clc-build-daemon|9098t xinetd|9101t bacula-dir|" +
        "9102t bacula-fd|9103t bacula-sd|9418t git|9667t xmms2|9673t zope|10000t webmin|10050t zabbix-agent|10051t zabbix-trapper|" +
        "10080t amanda|10081t kamanda|10082t amandaidx|10083t amidxtape|10809t nbd|11112t dicom|11371t hkp|17001u sgi-cmsd|17002u sgi-crsd|" +
        "17003u sgi-gcd|17004t sgi-cad|17500t db-lsp|22125t dcap|22128t gsidcap|22273t wnn6|24554t binkp|27374 asp|30865t csync2|" +
        "57000t dircproxy|60177t tfido|60179t fido";

    private const string Protocols =
        "0 ip|1 icmp|2 igmp|3 ggp|4 ipencap|5 st|6 tcp|8 egp|9 igp|12 pup|17 udp|20 hmp|22 xns-idp|27 rdp|29 iso-tp4|33 dccp|36 xtp|37 ddp|" +
        "38 idpr-cmtp|41 ipv6|43 ipv6-route|44 ipv6-frag|45 idrp|46 rsvp|47 gre|50 esp|51 ah|57 skip|58 ipv6-icmp|59 ipv6-nonxt|" +
        "60 ipv6-opts|73 rspf|81 vmtp|88 eigrp|89 ospf|93 ax.25|94 ipip|97 etherip|98 encap|103 pim|108 ipcomp|112 vrrp|115 l2tp|124 isis|" +
        "132 sctp|133 fc|135 mobility-header|136 udplite|137 mpls-in-ip|138 manet|139 hip|140 shim6|141 wesp|142 rohc|143 ethernet";

    /// <summary>The names tcpdump prints, which it has of its own.</summary>
    private const string PrintedProtocols =
        "0 hopopt|1 icmp|2 igmp|3 ggp|4 ipencap|5 st|6 tcp|7 cbt|8 egp|9 igp|10 bbn-rcc-mon|11 nvp-ii|12 pup|13 argus|14 emcon|15 xnet|" +
        "16 chaos|17 udp|18 mux|19 dcn-meas|20 hmp|21 prm|22 xns-idp|23 trunk-1|24 trunk-2|25 leaf-1|26 leaf-2|27 rdp|28 irtp|29 iso-tp4|" +
        "30 netblt|31 mfe-nsp|32 merit-inp|33 dccp|34 3pc|35 idpr|36 xtp|37 ddp|38 idpr-cmtp|39 tp++|40 il|41 ipv6|42 sdrp|43 ipv6-route|" +
        "44 ipv6-frag|45 idrp|46 rsvp|47 gre|48 dsr|49 bna|50 esp|51 ah|52 i-nlsp|53 swipe|54 narp|55 mobile|56 tlsp|57 skip|58 ipv6-icmp|" +
        "59 ipv6-nonxt|60 ipv6-opts|62 cftp|64 sat-expak|65 kryptolan|66 rvd|67 ippc|69 sat-mon|70 visa|71 ipcv|72 cpnx|73 rspf|74 wsn|" +
        "75 pvp|76 br-sat-mon|77 sun-nd|78 wb-mon|79 wb-expak|80 iso-ip|81 vmtp|82 secure-vmtp|83 vines|84 ttp|85 nsfnet-igp|86 dgp|87 tcf|" +
        "88 eigrp|89 ospf|90 sprite-rpc|91 larp|92 mtp|93 ax.25|94 ipip|95 micp|96 scc-sp|97 etherip|98 encap|100 gmtp|101 ifmp|102 pnni|" +
        "103 pim|104 aris|105 scps|106 qnx|107 a/n|108 ipcomp|109 snp|110 compaq-peer|111 ipx-in-ip|112 vrrp|113 pgm|115 l2tp|116 ddx|" +
        "117 iatp|118 stp|119 srp|120 uti|121 smp|122 sm|123 ptp|124 isis|125 fire|126 crtp|127 crudp|128 sscopmce|129 iplt|130 sps|" +
        "131 pipe|132 sctp|133 fc|134 rsvp-e2e-ignore|135 mobility-header|136 udplite|137 mpls-in-ip|138 manet|139 hip|140 shim6|141 wesp|" +
        "142 rohc|253 exptest-253|254 exptest-254|255 reserved";

    /// <summary>Names of TCP ports, indexed by port.</summary>
    public static byte[]?[] Tcp => TcpTable.Names;

    /// <summary>Names of UDP ports, indexed by port.</summary>
    public static byte[]?[] Udp => UdpTable.Names;

    /// <summary>Names of protocols as they are printed, indexed by number.</summary>
    public static byte[]?[] ByProtocol => PrintedProtocolTable.Names;

    /// <summary>The port with a name, for one transport; -1 if there is none.</summary>
    public static int FindPort(ReadOnlySpan<char> name, bool tcp) => Find(name, tcp ? Tcp : Udp);

    /// <summary>The protocol with a name; -1 if there is none.</summary>
    public static int FindProtocol(ReadOnlySpan<char> name) => Find(name, ProtocolTable.Names);

    private static int Find(ReadOnlySpan<char> name, byte[]?[] table)
    {
        for (int i = 0; i < table.Length; i++)
        {
            if (table[i] is { } candidate && Ascii.Equals(candidate, name))
            {
                return i;
            }
        }

        return -1;
    }

    private static byte[]?[] ReadPorts(char transport)
    {
        var table = new byte[]?[65536];
        foreach (Range range in Ports.AsSpan().Split('|'))
        {
            ReadOnlySpan<char> entry = Ports.AsSpan(range);
            int blank = entry.IndexOf(' ');
            ReadOnlySpan<char> number = entry[..blank];
            if (char.IsAsciiLetter(number[^1]))
            {
                if (number[^1] != transport)
                {
                    continue;
                }

                number = number[..^1];
            }

            table[int.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture)] = Encoding.ASCII.GetBytes(entry[(blank + 1)..].ToArray());
        }

        return table;
    }

    private static byte[]?[] ReadProtocols(string names)
    {
        var table = new byte[]?[256];
        foreach (Range range in names.AsSpan().Split('|'))
        {
            ReadOnlySpan<char> entry = names.AsSpan(range);
            int blank = entry.IndexOf(' ');
            table[int.Parse(entry[..blank], NumberStyles.None, CultureInfo.InvariantCulture)] = Encoding.ASCII.GetBytes(entry[(blank + 1)..].ToArray());
        }

        return table;
    }

    /// <summary>A class of its own, so that the table is made when a name is first asked for.</summary>
    private static class TcpTable
    {
        public static readonly byte[]?[] Names = ReadPorts('t');
    }

    private static class UdpTable
    {
        public static readonly byte[]?[] Names = ReadPorts('u');
    }

    private static class ProtocolTable
    {
        public static readonly byte[]?[] Names = ReadProtocols(Protocols);
    }

    private static class PrintedProtocolTable
    {
        public static readonly byte[]?[] Names = ReadProtocols(PrintedProtocols);
    }
}
