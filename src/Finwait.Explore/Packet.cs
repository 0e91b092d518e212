using System.Globalization;
using System.Text;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Explore;

/// <summary>A segment under way. Never changes, so worlds share it.</summary>
internal sealed class Packet(in SegmentPlan plan, byte[] payload)
{
    private readonly SegmentPlan _plan = plan;

    /// <summary>Its text.</summary>
    public byte[] Payload { get; } = payload;

    /// <summary>How the receiver sees it.</summary>
    public TcpSegment AsSegment() => new()
    {
        Seq = _plan.Seq,
        Ack = _plan.Ack,
        Flags = _plan.Flags,
        RawWindow = _plan.RawWindow,
        UrgentPointer = _plan.UrgentPointer,
        Options = _plan.Options,
        Payload = Payload,
    };

    /// <summary>Adds all but times to a hash.</summary>
    public void AddIdentity(ref StateHash hash)
    {
        hash.Add(_plan.Seq.Value | (ulong)_plan.Ack.Value << 32);
        hash.Add((ulong)_plan.Flags | (ulong)_plan.RawWindow << 16 | (ulong)(uint)Payload.Length << 32);
        for (int i = 0; i < _plan.Options.SackCount; i++)
        {
            hash.Add(_plan.Options.Sack[i].Left.Value | (ulong)_plan.Options.Sack[i].Right.Value << 32);
        }
    }

    /// <summary>As tcpdump would show it.</summary>
    public override string ToString()
    {
        StringBuilder text = new("[");
        foreach ((TcpFlags flag, char letter) in Letters)
        {
            if ((_plan.Flags & flag) != 0)
            {
                text.Append(letter);
            }
        }

        text.Append(CultureInfo.InvariantCulture, $"] seq {_plan.Seq.Value}");
        if (Payload.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $":{(_plan.Seq + Payload.Length).Value}");
        }

        if ((_plan.Flags & TcpFlags.Ack) != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" ack {_plan.Ack.Value}");
        }

        text.Append(CultureInfo.InvariantCulture, $" win {_plan.RawWindow}");
        for (int i = 0; i < _plan.Options.SackCount; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $" sack {_plan.Options.Sack[i].Left.Value}:{_plan.Options.Sack[i].Right.Value}");
        }

        return text.ToString();
    }

    private static readonly (TcpFlags Flag, char Letter)[] Letters =
        [(TcpFlags.Fin, 'F'), (TcpFlags.Syn, 'S'), (TcpFlags.Rst, 'R'), (TcpFlags.Psh, 'P'), (TcpFlags.Ack, '.')];
}
