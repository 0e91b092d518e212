namespace Finwait.Inspect;

/// <summary>The few makers of network hardware that tcpdump knows by the first three octets of an address.</summary>
internal static class HardwareMakers
{
    public static ReadOnlySpan<byte> Find(uint prefix) => prefix switch
    {
        0x000000 => "Ethernet"u8,
        0x00000c => "Cisco"u8,
        0x00005e => "IANA"u8,
        0x000081 => "Nortel Networks SONMP"u8,
        0x0000f8 => "Cisco bridged"u8,
        0x00049f => "Freescale"u8,
        0x0004ea => "HP-Labs"u8,
        0x001018 => "Broadcom"u8,
        0x00120f => "IEEE 802.3 Private"u8,
        0x0012bb => "ANSI/TIA"u8,
        0x0015ad => "Netronome"u8,
        0x001b21 => "DCBX"u8,
        0x002320 => "Nicira Networks"u8,
        0x002481 => "HP"u8,
        0x0080c2 => "Ethernet bridged"u8,
        0x009069 => "Juniper"u8,
        0x00a03e => "ATM Forum"u8,
        0x00e004 => "PMC-Sierra"u8,
        0x00e02f => "DOCSIS Spanning Tree"u8,
        0x080007 => "Appletalk"u8,
        0x080009 => "Hewlett-Packard"u8,
        _ => "Unknown"u8,
    };
}
