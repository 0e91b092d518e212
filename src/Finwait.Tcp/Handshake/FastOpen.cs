using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>What one connection does about Fast Open (RFC 7413); the host decides, because keys, caches and queues are its own.</summary>
public enum FastOpenMode : byte
{
    /// <summary>Nothing: SYN and SYN-ACK without the option; text in a SYN is not taken.</summary>
    Off,

    /// <summary>Active: the SYN asks for a cookie (RFC 7413 §4.1.1).</summary>
    Request,

    /// <summary>Active: the SYN carries the cookie, or none where the server wants none, and the first text (RFC 7413 §4.2.1).</summary>
    Data,

    /// <summary>Passive: a plain handshake whose SYN-ACK carries a cookie (RFC 7413 §4.1.2).</summary>
    Offer,

    /// <summary>
    /// Passive: the SYN's text is taken, and the application may read and write before the handshake ends (RFC 7413 §4.2.2). The SYN may be an old
    /// duplicate, or come again after the connection is forgotten: the application must be able to bear its text twice (RFC 7413 §2.1).
    /// </summary>
    Accept,
}

/// <summary>Why an active Fast Open did not carry text, with Linux's numbers of tcpi_fastopen_client_fail.</summary>
public enum FastOpenFailure : byte
{
    /// <summary>It did, or was not asked for.</summary>
    None = 0,

    /// <summary>No cookie was known (TFO_COOKIE_UNAVAILABLE).</summary>
    CookieUnavailable = 1,

    /// <summary>The SYN-ACK did not acknowledge the text (TFO_DATA_NOT_ACKED).</summary>
    DataNotAcknowledged = 2,

    /// <summary>The SYN had to be sent again, which is done without cookie and text (TFO_SYN_RETRANSMITTED).</summary>
    SynRetransmitted = 3,
}

/// <summary>What the SYN-ACK told a client that used Fast Open: for the host's cache.</summary>
public struct FastOpenAnswer
{
    /// <summary>The cookie; its length is 0 if there was none.</summary>
    public FastOpenCookie Cookie;

    /// <summary>The peer's segment size, octets, as its SYN-ACK told it.</summary>
    public int Mss;

    /// <summary>A cookie was asked for, or sent; else the answer says nothing about cookies.</summary>
    public bool WasAsked;

    /// <summary>A request without text was answered without a cookie, so the other form of the option may be tried next time (as Linux does).</summary>
    public bool IsRefused;
}

/// <summary>Fast Open of one connection, kept only by those that use it.</summary>
internal sealed class FastOpen
{
    public FastOpenMode Mode;

    /// <summary>What the SYN or SYN-ACK carries; a request if its length is 0.</summary>
    public FastOpenCookie Cookie;

    /// <summary>The next SYN or SYN-ACK carries the option. Only the first does: one that was lost may have been lost because of it.</summary>
    public bool HasOption;

    /// <summary>The SYN waits for the first text (TCP_FASTOPEN_CONNECT).</summary>
    public bool IsHeld;

    /// <summary>Octets of text that the SYN takes.</summary>
    public int Room;

    /// <summary>Octets of text that went with the SYN.</summary>
    public int SynText;

    /// <summary>All of them were acknowledged by the SYN-ACK, or the SYN's text was taken (tcpi_options, SYN_DATA).</summary>
    public bool IsTextAcknowledged;

    public FastOpenFailure Failure;

    /// <summary>A writer waits for the handshake.</summary>
    public bool IsTextExpected;

    /// <summary>The SYN-ACK has come and the host has not asked yet what it told.</summary>
    public bool HasAnswer;

    public FastOpenAnswer Answer;

    public FastOpen Copy() => (FastOpen)MemberwiseClone();
}
