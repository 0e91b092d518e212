namespace Finwait.Inspect;

/// <summary>Names of DNS record types and of the algorithms DNSSEC uses.</summary>
internal static class DomainTypes
{
    /// <summary>The name of a record type; empty if it has none.</summary>
    public static ReadOnlySpan<byte> Name(ushort type) => type switch
    {
        1 => "A"u8,
        2 => "NS"u8,
        3 => "MD"u8,
        4 => "MF"u8,
        5 => "CNAME"u8,
        6 => "SOA"u8,
        7 => "MB"u8,
        8 => "MG"u8,
        9 => "MR"u8,
        10 => "NULL"u8,
        11 => "WKS"u8,
        12 => "PTR"u8,
        13 => "HINFO"u8,
        14 => "MINFO"u8,
        15 => "MX"u8,
        16 => "TXT"u8,
        17 => "RP"u8,
        18 => "AFSDB"u8,
        19 => "X25"u8,
        20 => "ISDN"u8,
        21 => "RT"u8,
        22 => "NSAP"u8,
        23 => "NSAP_PTR"u8,
        24 => "SIG"u8,
        25 => "KEY"u8,
        26 => "PX"u8,
        27 => "GPOS"u8,
        28 => "AAAA"u8,
        29 => "LOC"u8,
        30 => "NXT"u8,
        31 => "EID"u8,
        32 => "NIMLOC"u8,
        33 => "SRV"u8,
        34 => "ATMA"u8,
        35 => "NAPTR"u8,
        36 => "KX"u8,
        37 => "CERT"u8,
        38 => "A6"u8,
        39 => "DNAME"u8,
        40 => "SINK"u8,
        41 => "OPT"u8,
        42 => "APL"u8,
        43 => "DS"u8,
        44 => "SSHFP"u8,
        45 => "IPSECKEY"u8,
        46 => "RRSIG"u8,
        47 => "NSEC"u8,
        48 => "DNSKEY"u8,
        99 => "SPF"u8,
        100 => "UINFO"u8,
        101 => "UID"u8,
        102 => "GID"u8,
        103 => "UNSPEC"u8,
        104 => "UNSPECA"u8,
        249 => "TKEY"u8,
        250 => "TSIG"u8,
        251 => "IXFR"u8,
        252 => "AXFR"u8,
        253 => "MAILB"u8,
        254 => "MAILA"u8,
        255 => "ANY"u8,
        256 => "URI"u8,
        _ => default,
    };

    /// <summary>The name of a signing algorithm; empty if it has none.</summary>
    public static ReadOnlySpan<byte> SigningAlgorithm(byte number) => number switch
    {
        0 => "DELETE"u8,
        1 => "RSAMD5"u8,
        2 => "DH"u8,
        3 => "DS"u8,
        5 => "RSASHA1"u8,
        6 => "DSA-NSEC3-SHA1"u8,
        7 => "RSASHA1-NSEC3-SHA1"u8,
        8 => "RSASHA256"u8,
        10 => "RSASHA512"u8,
        12 => "ECC-GOST"u8,
        13 => "ECDSAP256SHA256"u8,
        14 => "ECDSAP384SHA384"u8,
        15 => "ED25519"u8,
        16 => "ED448"u8,
        252 => "INDIRECT"u8,
        253 => "PRIVATEDNS"u8,
        254 => "PRIVATEOID"u8,
        _ => default,
    };

    /// <summary>The name of a hash algorithm; empty if it has none.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="forDenial">True for those of NSEC3, which are fewer.</param>
    public static ReadOnlySpan<byte> HashAlgorithm(byte number, bool forDenial) => number switch
    {
        1 => "SHA-1"u8,
        2 when !forDenial => "SHA-256"u8,
        3 when !forDenial => "GOST_R_34.11-94"u8,
        4 when !forDenial => "SHA-384"u8,
        _ => default,
    };
}
