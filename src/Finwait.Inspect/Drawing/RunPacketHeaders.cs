using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>What the headers of one packet of a run say.</summary>
public sealed class RunPacketHeaders
{
    private const int MostCharacters = 70;

    internal RunPacketHeaders(ViewPacket packet)
    {
        PacketFacts facts = packet.Facts;
        Label = packet.Label(MostCharacters);
        IsTcp = facts.IsTcp;
        Source = facts.Source;
        Destination = facts.Destination;
        Flags = facts.Flags;
        FlagNames = facts.FlagNames();
        Seq = facts.Seq;
        Ack = facts.Ack;
        RelativeSeq = unchecked(facts.Seq - packet.SeqBase);
        RelativeAck = unchecked(facts.Ack - (packet.AckBase ?? 0));
        Length = facts.Length;
        SequenceLength = facts.SequenceLength;
        RawWindow = facts.RawWindow;
        Connection = packet.Connection?.Index ?? -1;
        IsFromClient = packet.IsFromClient;
        HasSack = facts.IsTcp && facts.Options.Has(TcpOptionPresence.Sack);
    }

    /// <summary>The text on its arrow in the ladder.</summary>
    public string Label { get; }

    /// <summary>False for ICMP, UDP and others: then only <see cref="Label"/>, the ends and <see cref="Length"/> mean something.</summary>
    public bool IsTcp { get; }

    public RunEnd Source { get; }

    public RunEnd Destination { get; }

    public TcpFlags Flags { get; }

    /// <summary>SYN,ACK and the like.</summary>
    public string FlagNames { get; }

    /// <summary>SEG.SEQ and SEG.ACK as they stand in the header.</summary>
    public uint Seq { get; }

    public uint Ack { get; }

    /// <summary>SEG.SEQ and SEG.ACK counted from the initial sequence numbers.</summary>
    public uint RelativeSeq { get; }

    public uint RelativeAck { get; }

    /// <summary>Octets of text.</summary>
    public int Length { get; }

    /// <summary>SEG.LEN: octets of text, and one each for SYN and FIN.</summary>
    public int SequenceLength { get; }

    /// <summary>The window field, before scaling.</summary>
    public int RawWindow { get; }

    /// <summary>True with SACK blocks.</summary>
    public bool HasSack { get; }

    /// <summary>Number of the connection in the run, from 0; −1 for none.</summary>
    public int Connection { get; }

    /// <summary>True if the end that opened the connection sent it.</summary>
    public bool IsFromClient { get; }

    /// <summary>True if the control bit is set.</summary>
    public bool Has(TcpFlags flag) => (Flags & flag) != 0;
}
