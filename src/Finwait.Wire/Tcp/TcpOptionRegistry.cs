namespace Finwait.Wire;

/// <summary>What IANA says about a kind of TCP option.</summary>
public enum TcpOptionStatus : byte
{
    /// <summary>Assigned and in force.</summary>
    Current,

    /// <summary>Assigned once, made obsolete by a later RFC or a later option.</summary>
    Obsolete,

    /// <summary>Assigned to a person or body, without an RFC.</summary>
    AssignedWithoutRfc,

    /// <summary>For experiments (RFC 4727, RFC 6994).</summary>
    Experimental,

    /// <summary>Given back.</summary>
    Unassigned,

    /// <summary>Reserved: not assigned.</summary>
    Reserved,

    /// <summary>Reserved, and known to be used without assignment.</summary>
    ReservedInUse,
}

/// <summary>One line of the registry.</summary>
/// <param name="Kind">The kind octet.</param>
/// <param name="Name">Name in the registry.</param>
/// <param name="Length">The one legal length with kind and length octets; 0 if it varies, 1 if there is no length octet.</param>
/// <param name="Status">Standing of the assignment.</param>
/// <param name="Source">Defining document, "RFC 9293"; empty if there is none.</param>
public readonly record struct TcpOptionInfo(byte Kind, string Name, byte Length, TcpOptionStatus Status, string Source);

/// <summary>All kinds of TCP options that IANA lists ("TCP Option Kind Numbers").</summary>
public static class TcpOptionRegistry
{
    private static readonly TcpOptionInfo[] s_assigned =
    [
        new(0, "End of Option List", 1, TcpOptionStatus.Current, "RFC 9293"),
        new(1, "No-Operation", 1, TcpOptionStatus.Current, "RFC 9293"),
        new(2, "Maximum Segment Size", 4, TcpOptionStatus.Current, "RFC 9293"),
        new(3, "Window Scale", 3, TcpOptionStatus.Current, "RFC 7323"),
        new(4, "SACK Permitted", 2, TcpOptionStatus.Current, "RFC 2018"),
        new(5, "SACK", 0, TcpOptionStatus.Current, "RFC 2018"),
        new(6, "Echo", 6, TcpOptionStatus.Obsolete, "RFC 1072"),
        new(7, "Echo Reply", 6, TcpOptionStatus.Obsolete, "RFC 1072"),
        new(8, "Timestamps", 10, TcpOptionStatus.Current, "RFC 7323"),
        new(9, "Partial Order Connection Permitted", 2, TcpOptionStatus.Obsolete, "RFC 1693"),
        new(10, "Partial Order Service Profile", 3, TcpOptionStatus.Obsolete, "RFC 1693"),
        new(11, "CC", 6, TcpOptionStatus.Obsolete, "RFC 1644"),
        new(12, "CC.NEW", 6, TcpOptionStatus.Obsolete, "RFC 1644"),
        new(13, "CC.ECHO", 6, TcpOptionStatus.Obsolete, "RFC 1644"),
        new(14, "TCP Alternate Checksum Request", 3, TcpOptionStatus.Obsolete, "RFC 1146"),
        new(15, "TCP Alternate Checksum Data", 0, TcpOptionStatus.Obsolete, "RFC 1146"),
        new(16, "Skeeter", 0, TcpOptionStatus.AssignedWithoutRfc, ""),
        new(17, "Bubba", 0, TcpOptionStatus.AssignedWithoutRfc, ""),
        new(18, "Trailer Checksum Option", 3, TcpOptionStatus.AssignedWithoutRfc, ""),
        new(19, "MD5 Signature Option", 18, TcpOptionStatus.Obsolete, "RFC 2385"),
        new(20, "SCPS Capabilities", 0, TcpOptionStatus.AssignedWithoutRfc, "CCSDS 714.0"),
        new(21, "Selective Negative Acknowledgements", 0, TcpOptionStatus.AssignedWithoutRfc, "CCSDS 714.0"),
        new(22, "Record Boundaries", 0, TcpOptionStatus.AssignedWithoutRfc, "CCSDS 714.0"),
        new(23, "Corruption experienced", 0, TcpOptionStatus.AssignedWithoutRfc, "CCSDS 714.0"),
        new(24, "SNAP", 0, TcpOptionStatus.AssignedWithoutRfc, ""),
        new(25, "Unassigned", 0, TcpOptionStatus.Unassigned, ""),
        new(26, "TCP Compression Filter", 0, TcpOptionStatus.AssignedWithoutRfc, ""),
        new(27, "Quick-Start Response", 8, TcpOptionStatus.Current, "RFC 4782"),
        new(28, "User Timeout Option", 4, TcpOptionStatus.Current, "RFC 5482"),
        new(29, "TCP Authentication Option", 0, TcpOptionStatus.Current, "RFC 5925"),
        new(30, "Multipath TCP", 0, TcpOptionStatus.Current, "RFC 8684"),
        new(31, "Reserved", 0, TcpOptionStatus.ReservedInUse, ""),
        new(32, "Reserved", 0, TcpOptionStatus.ReservedInUse, ""),
        new(33, "Reserved", 0, TcpOptionStatus.ReservedInUse, ""),
        new(34, "TCP Fast Open Cookie", 0, TcpOptionStatus.Current, "RFC 7413"),
        new(69, "Encryption Negotiation", 0, TcpOptionStatus.Current, "RFC 8547"),
        new(70, "Reserved", 0, TcpOptionStatus.ReservedInUse, ""),
        new(76, "Reserved", 0, TcpOptionStatus.ReservedInUse, ""),
        new(77, "Reserved", 0, TcpOptionStatus.ReservedInUse, ""),
        new(78, "Reserved", 0, TcpOptionStatus.ReservedInUse, ""),
        new(172, "Accurate ECN Order 0", 0, TcpOptionStatus.Current, "RFC 9768"),
        new(174, "Accurate ECN Order 1", 0, TcpOptionStatus.Current, "RFC 9768"),
        new(253, "RFC3692-style Experiment 1", 0, TcpOptionStatus.Experimental, "RFC 4727"),
        new(254, "RFC3692-style Experiment 2", 0, TcpOptionStatus.Experimental, "RFC 4727"),
    ];

    private static readonly TcpOptionInfo[] s_byKind = BuildTable();

    /// <summary>The line of a kind; any of the 256 has one.</summary>
    public static TcpOptionInfo Get(byte kind) => s_byKind[kind];

    private static TcpOptionInfo[] BuildTable()
    {
        TcpOptionInfo[] table = new TcpOptionInfo[256];
        for (int kind = 0; kind < table.Length; kind++)
        {
            table[kind] = new((byte)kind, "Reserved", 0, TcpOptionStatus.Reserved, "");
        }

        foreach (TcpOptionInfo info in s_assigned)
        {
            table[info.Kind] = info;
        }

        return table;
    }
}
