namespace Finwait.Wire;

/// <summary>The control bits of the TCP header (RFC 9293 §3.1; ECE and CWR RFC 3168; AE RFC 9768).</summary>
[Flags]
public enum TcpFlags : ushort
{
    /// <summary>No bit set.</summary>
    None = 0,

    /// <summary>No more data from the sender.</summary>
    Fin = 0x001,

    /// <summary>Synchronize sequence numbers.</summary>
    Syn = 0x002,

    /// <summary>Reset the connection.</summary>
    Rst = 0x004,

    /// <summary>Push function.</summary>
    Psh = 0x008,

    /// <summary>The acknowledgment field is significant.</summary>
    Ack = 0x010,

    /// <summary>The urgent pointer is significant.</summary>
    Urg = 0x020,

    /// <summary>ECN-Echo (RFC 3168 §6.1).</summary>
    Ece = 0x040,

    /// <summary>Congestion window reduced (RFC 3168 §6.1).</summary>
    Cwr = 0x080,

    /// <summary>Accurate ECN, once the nonce sum bit (RFC 9768 §3.1).</summary>
    Ae = 0x100,
}
