namespace Finwait.Wire;

/// <summary>Numbers of the Ethernet type field (IEEE 802 and IANA "ETHER TYPES").</summary>
public static class EtherType
{
    /// <summary>Values below are the length field of an IEEE 802.3 frame, not a type.</summary>
    public const ushort First = 0x0600;

    /// <summary>IPv4 (RFC 894).</summary>
    public const ushort Ipv4 = 0x0800;

    /// <summary>ARP (RFC 826).</summary>
    public const ushort Arp = 0x0806;

    /// <summary>A VLAN tag follows (IEEE 802.1Q).</summary>
    public const ushort Vlan = 0x8100;

    /// <summary>IPv6 (RFC 2464).</summary>
    public const ushort Ipv6 = 0x86DD;

    /// <summary>A service VLAN tag follows (IEEE 802.1ad).</summary>
    public const ushort ServiceVlan = 0x88A8;
}
