namespace Finwait.Wire;

/// <summary>Kinds of TCP options that have a meaning (IANA "TCP Option Kind Numbers"); <see cref="TcpOptionRegistry"/> tells about all 256.</summary>
public static class TcpOptionKind
{
    /// <summary>One octet: nothing but padding follows (RFC 9293 §3.1).</summary>
    public const byte EndOfOptionList = 0;

    /// <summary>One octet: nothing (RFC 9293 §3.1).</summary>
    public const byte NoOperation = 1;

    /// <summary>Length 4 (RFC 9293 §3.7.1).</summary>
    public const byte MaximumSegmentSize = 2;

    /// <summary>Length 3 (RFC 7323 §2.2).</summary>
    public const byte WindowScale = 3;

    /// <summary>Length 2 (RFC 2018 §2).</summary>
    public const byte SackPermitted = 4;

    /// <summary>Length 2 and 8 for each block (RFC 2018 §3).</summary>
    public const byte Sack = 5;

    /// <summary>Length 6, obsolete (RFC 1072 §3).</summary>
    public const byte Echo = 6;

    /// <summary>Length 6, obsolete (RFC 1072 §3).</summary>
    public const byte EchoReply = 7;

    /// <summary>Length 10 (RFC 7323 §3.2).</summary>
    public const byte Timestamps = 8;

    /// <summary>Length 2, obsolete (RFC 1693).</summary>
    public const byte PartialOrderPermitted = 9;

    /// <summary>Length 3, obsolete (RFC 1693).</summary>
    public const byte PartialOrderProfile = 10;

    /// <summary>Connection count of T/TCP, length 6, obsolete (RFC 1644 §3.1).</summary>
    public const byte ConnectionCount = 11;

    /// <summary>CC.NEW of T/TCP, length 6, obsolete (RFC 1644 §3.1).</summary>
    public const byte ConnectionCountNew = 12;

    /// <summary>CC.ECHO of T/TCP, length 6, obsolete (RFC 1644 §3.1).</summary>
    public const byte ConnectionCountEcho = 13;

    /// <summary>Length 3, obsolete (RFC 1146 §2).</summary>
    public const byte AlternateChecksumRequest = 14;

    /// <summary>Obsolete (RFC 1146 §3).</summary>
    public const byte AlternateChecksumData = 15;

    /// <summary>Length 3.</summary>
    public const byte TrailerChecksum = 18;

    /// <summary>MD5 signature, length 18, obsolete (RFC 2385 §3).</summary>
    public const byte Md5Signature = 19;

    /// <summary>SCPS capabilities, length 4 (CCSDS 714.0).</summary>
    public const byte ScpsCapabilities = 20;

    /// <summary>Selective negative acknowledgment of SCPS (CCSDS 714.0).</summary>
    public const byte Snack = 21;

    /// <summary>Quick-Start response, length 8 (RFC 4782 §4.1).</summary>
    public const byte QuickStartResponse = 27;

    /// <summary>Length 4 (RFC 5482 §3).</summary>
    public const byte UserTimeout = 28;

    /// <summary>TCP-AO, length 4 and the MAC (RFC 5925 §2.2).</summary>
    public const byte Authentication = 29;

    /// <summary>MPTCP, first four bits the subtype (RFC 8684 §3).</summary>
    public const byte Multipath = 30;

    /// <summary>Fast Open cookie, length 2 (request) or 6–18 (RFC 7413 §2).</summary>
    public const byte FastOpen = 34;

    /// <summary>TCP-ENO (RFC 8547 §4.1).</summary>
    public const byte EncryptionNegotiation = 69;

    /// <summary>AccECN0, length 2, 5, 8 or 11 (RFC 9768 §3.2.3).</summary>
    public const byte AccurateEcn0 = 172;

    /// <summary>AccECN1, length 2, 5, 8 or 11 (RFC 9768 §3.2.3).</summary>
    public const byte AccurateEcn1 = 174;

    /// <summary>Experiment 1, first 16 or 32 bits the experiment's identifier (RFC 6994 §3).</summary>
    public const byte Experiment1 = 253;

    /// <summary>Experiment 2, first 16 or 32 bits the experiment's identifier (RFC 6994 §3).</summary>
    public const byte Experiment2 = 254;

    /// <summary>Experiment identifier under which Fast Open was tried before it got its kind (RFC 7413 §4.1.1).</summary>
    public const ushort FastOpenExperiment = 0xF989;
}
