using System.Globalization;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>What names in a filter stand for.</summary>
internal sealed class FilterNames(IReadOnlyDictionary<IpAddress, string>? hosts)
{
    private static readonly Dictionary<string, uint> Constants = new(StringComparer.Ordinal)
    {
        ["icmptype"] = 0,
        ["icmpcode"] = 1,
        ["icmp-echoreply"] = 0,
        ["icmp-unreach"] = 3,
        ["icmp-sourcequench"] = 4,
        ["icmp-redirect"] = 5,
        ["icmp-echo"] = 8,
        ["icmp-routeradvert"] = 9,
        ["icmp-routersolicit"] = 10,
        ["icmp-timxceed"] = 11,
        ["icmp-paramprob"] = 12,
        ["icmp-tstamp"] = 13,
        ["icmp-tstampreply"] = 14,
        ["icmp-ireq"] = 15,
        ["icmp-ireqreply"] = 16,
        ["icmp-maskreq"] = 17,
        ["icmp-maskreply"] = 18,
        ["icmp6type"] = 0,
        ["icmp6code"] = 1,
        ["icmp6-destinationunreach"] = 1,
        ["icmp6-packettoobig"] = 2,
        ["icmp6-timeexceeded"] = 3,
        ["icmp6-parameterproblem"] = 4,
        ["icmp6-echo"] = 128,
        ["icmp6-echoreply"] = 129,
        ["icmp6-multicastlistenerquery"] = 130,
        ["icmp6-multicastlistenerreportv1"] = 131,
        ["icmp6-multicastlistenerdone"] = 132,
        ["icmp6-routersolicit"] = 133,
        ["icmp6-routeradvert"] = 134,
        ["icmp6-neighborsolicit"] = 135,
        ["icmp6-neighboradvert"] = 136,
        ["icmp6-redirect"] = 137,
        ["icmp6-routerrenum"] = 138,
        ["icmp6-nodeinformationquery"] = 139,
        ["icmp6-nodeinformationresponse"] = 140,
        ["icmp6-ineighbordiscoverysolicit"] = 141,
        ["icmp6-ineighbordiscoveryadvert"] = 142,
        ["icmp6-multicastlistenerreportv2"] = 143,
        ["icmp6-homeagentdiscoveryrequest"] = 144,
        ["icmp6-homeagentdiscoveryreply"] = 145,
        ["icmp6-mobileprefixsolicit"] = 146,
        ["icmp6-mobileprefixadvert"] = 147,
        ["icmp6-certpathsolicit"] = 148,
        ["icmp6-certpathadvert"] = 149,
        ["icmp6-multicastrouteradvert"] = 151,
        ["icmp6-multicastroutersolicit"] = 152,
        ["icmp6-multicastrouterterm"] = 153,
        ["tcpflags"] = 13,
        ["tcp-fin"] = 0x01,
        ["tcp-syn"] = 0x02,
        ["tcp-rst"] = 0x04,
        ["tcp-push"] = 0x08,
        ["tcp-ack"] = 0x10,
        ["tcp-urg"] = 0x20,
        ["tcp-ece"] = 0x40,
        ["tcp-cwr"] = 0x80,
    };

    private static readonly Dictionary<string, ushort> EtherTypes = new(StringComparer.Ordinal)
    {
        ["ip"] = 0x0800,
        ["ip6"] = 0x86DD,
        ["arp"] = 0x0806,
        ["rarp"] = 0x8035,
        ["decnet"] = 0x6003,
        ["lat"] = 0x6004,
        ["sca"] = 0x6007,
        ["moprc"] = 0x6002,
        ["mopdl"] = 0x6001,
        ["vexp"] = 0x805B,
        ["vprod"] = 0x805C,
        ["loopback"] = 0x9000,
        ["aarp"] = FilterLink.AppleTalkArpType,
        ["atalk"] = FilterLink.AppleTalkType,
        ["iso"] = FilterLink.OsiSap,
        ["stp"] = FilterLink.SpanningTreeSap,
        ["ipx"] = FilterLink.IpxSap,
        ["netbeui"] = FilterLink.NetBeuiSap,
    };

    /// <summary>Names for numbers, such as <c>tcp-syn</c>.</summary>
    public static bool TryConstant(string name, out uint value) => Constants.TryGetValue(name, out value);

    /// <summary>The Ethernet type behind <c>ether proto \name</c>.</summary>
    public static bool TryEtherType(string name, out ushort type) => EtherTypes.TryGetValue(name, out type);

    /// <summary>The number behind <c>ip proto \name</c>.</summary>
    public static bool TryProtocol(string name, out byte protocol)
    {
        int found = ServiceNames.FindProtocol(name);
        if (found < 0)
        {
            found = ServiceNames.FindProtocol(name.ToLowerInvariant());
        }

        protocol = (byte)Math.Max(found, 0);
        return found >= 0;
    }

    /// <summary>The port with a name. A name that only one transport has gives that transport; one that both have gives 0.</summary>
    public static bool TryPort(string name, out ushort port, out byte protocol)
    {
        int tcp = ServiceNames.FindPort(name, tcp: true);
        int udp = ServiceNames.FindPort(name, tcp: false);
        protocol = tcp >= 0 && udp == tcp ? (byte)0 : tcp >= 0 ? IpProtocol.Tcp : IpProtocol.Udp;
        port = (ushort)Math.Max(tcp >= 0 ? tcp : udp, 0);
        return tcp >= 0 || udp >= 0;
    }

    /// <summary>A port by name or number, for ranges.</summary>
    public static bool TryPortText(string text, out ushort port, out byte protocol)
    {
        protocol = 0;
        return ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) || TryPort(text, out port, out protocol);
    }

    /// <summary>All addresses of a host, in order.</summary>
    public List<IpAddress> Host(string name)
    {
        List<IpAddress> found = [];
        if (hosts is not null)
        {
            foreach ((IpAddress address, string host) in hosts)
            {
                if (string.Equals(host, name, StringComparison.OrdinalIgnoreCase))
                {
                    found.Add(address);
                }
            }
        }

        found.Sort((a, b) => a.High != b.High ? a.High.CompareTo(b.High) : a.Low.CompareTo(b.Low));
        return found;
    }
}
