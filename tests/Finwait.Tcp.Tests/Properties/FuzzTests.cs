using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>Segments no honest peer would send, in every state, mixed with calls and time: the engine neither throws nor asserts, and answers legally.</summary>
public sealed class FuzzTests
{
    private static readonly byte[] s_text = new byte[70_000];
    private static readonly string[] s_states = ["CL", "LI", "SS", "SR", "SA", "ES", "F1", "F2", "CW", "CG", "LA", "TW"];

    // BUG-01, BUG-05, BUG-07, BUG-23, BUG-30, MUST-34, X-LIM-1: 200,000 segments, the numbers near the edges that matter or anywhere.
    [Fact]
    public void RandomSegmentsInEveryState_NeverBreakTheEngine()
    {
        int segments = 0;
        for (int seed = 0; segments < 200_000; seed++)
        {
            Random random = new(seed);
            string wire = WireCase.Names.ElementAt(random.Next(6));
            string options = random.Next(4) switch { 0 => "mss 1000", 1 => "mss 1000,sackOK", 2 => "mss 1000,sackOK,TS 100/0,ws 7", _ => "mss 48,sackOK,ws 14" };
            TcpSettings settings = new()
            {
                ReceiveBuffer = random.Next(2) == 0 ? (4096, 5000, 5000) : (4096, 131_072, 6_291_456),
                MaxOutOfOrderRanges = 16,
            };
            ScriptedPeer peer = ScriptedPeer.InState(wire, s_states[random.Next(s_states.Length)], options, settings, passive: random.Next(2) == 0);
            for (int i = 0; i < 60; i++, segments++)
            {
                try
                {
                    Step(random, peer);
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"seed {seed}, step {i}, state {peer.State}", e);
                }
            }

            peer.Tcp.Abort(peer.Now);
            Assert.True(peer.LentWhenIdle == 0, $"seed {seed}: {peer.LentWhenIdle} octets were not given back");
            Assert.True(peer.Tcp.NextDeadline.IsNever);
        }
    }

    private static void Step(Random random, ScriptedPeer peer)
    {
        switch (random.Next(12))
        {
            case 0 when peer.Tcp.CanSend:
                peer.Tcp.Send(peer.Now, new byte[random.Next(1, 3000)], urgent: random.Next(10) == 0, moreComing: random.Next(5) == 0);
                break;
            case 1:
                peer.Tcp.Receive(peer.Now, new byte[random.Next(1, 5000)]);
                break;
            case 2 when random.Next(10) == 0:
                peer.Tcp.ShutdownSend(peer.Now);
                break;
            case 2 when random.Next(20) == 0:
                peer.Tcp.Close(peer.Now);
                break;
            case 3:
                peer.Tcp.NoDelay = !peer.Tcp.NoDelay;
                peer.Tcp.ReceiveBufferSize = random.Next(1, 200_000);
                peer.Tcp.SetKeepAlive(peer.Now, random.Next(2) == 0, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), 3);
                peer.Tcp.OnPathMtu(peer.Now, random.Next(-10, 2000));
                break;
            case 4:
                Advance(random, peer);
                break;
            default:
                peer.Tcp.OnSegment(peer.Now, RandomSegment(random, peer, out _));
                break;
        }

        Drain(random, peer);
        TcpInfo info = peer.Tcp.GetInfo(peer.Now);
        Assert.True(info.ReceiveQueue >= 0 && info.SendQueue >= 0 && info.NotSent >= 0 && info.ReceiveWindow >= 0);
        Assert.True(info.Unacked >= info.Sacked + Math.Max(0, info.Lost - info.RetransmittedNow) - info.Unacked);
        Assert.True(peer.Buffers.Lent <= 2 * (16_384 + 4_194_304));
    }

    private static void Advance(Random random, ScriptedPeer peer)
    {
        peer.Skip(random.Next(20) == 0 ? 100 : random.NextDouble());
        peer.Tcp.OnTimeout(peer.Now);
    }

    private static void Drain(Random random, ScriptedPeer peer)
    {
        byte[] text = s_text;
        for (int i = 0; peer.Tcp.PollTransmit(peer.Now, out SegmentPlan plan); i++)
        {
            Assert.True(i < 10_000, "it never stops sending");
            Assert.True(plan.PayloadLength >= 0 && plan.PayloadLength <= text.Length);
            Assert.True((plan.Flags & TcpFlags.Rst) == 0 || plan.PayloadLength == 0);
            peer.Tcp.CopyPayload(plan, text);
        }

        while (random.Next(3) > 0 && peer.Tcp.PollEvent(out _))
        {
        }
    }

    private static TcpSegment RandomSegment(Random random, ScriptedPeer peer, out byte[] payload)
    {
        (int next, int expected) = peer.Variables;
        payload = new byte[random.Next(3) == 0 ? random.Next(0, 2000) : 0];
        TcpFlags[] likely = [TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Ack | TcpFlags.Psh, TcpFlags.Ack | TcpFlags.Fin, TcpFlags.Syn, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Rst, TcpFlags.Ack | TcpFlags.Urg, (TcpFlags)random.Next(512)];
        TcpSegment segment = new()
        {
            Seq = peer.Irs + Near(random, expected),
            Ack = peer.Iss + Near(random, next),
            Flags = likely[random.Next(likely.Length)],
            RawWindow = (ushort)(random.Next(3) switch { 0 => 0, 1 => random.Next(10), _ => random.Next(65536) }),
            UrgentPointer = (ushort)(random.Next(2) == 0 ? random.Next(4) : random.Next(65536)),
            Payload = payload,
        };
        segment.Options.Present = (TcpOptionPresence)random.Next(32);
        segment.Options.Mss = (ushort)(random.Next(2) == 0 ? random.Next(60) : random.Next(65536));
        segment.Options.WindowScale = (byte)random.Next(256);
        segment.Options.TsVal = random.Next(4) == 0 ? (uint)random.NextInt64(1L << 32) : 100 + (uint)random.Next(100);
        segment.Options.TsEcr = random.Next(4) == 0 ? (uint)random.NextInt64(1L << 32) : (uint)peer.Now.Milliseconds - (uint)random.Next(1000);
        segment.Options.SackCount = (byte)(segment.Options.Has(TcpOptionPresence.Sack) ? random.Next(1, 5) : 0);
        for (int i = 0; i < segment.Options.SackCount; i++)
        {
            segment.Options.Sack[i] = new SackBlock(peer.Iss + Near(random, next), peer.Iss + Near(random, next));
        }

        return segment;
    }

    private static int Near(Random random, int number) => random.Next(8) switch
    {
        0 => random.Next(),
        1 => -random.Next(),
        2 => number + random.Next(-70_000, 70_000),
        3 => number + random.Next(-3000, 3000),
        4 => number + random.Next(-3, 4),
        _ => number,
    };
}
