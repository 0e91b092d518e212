using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>SYN cookies (RFC 4987 §3.6) as Linux makes them: the initial sequence number tells the minute and the peer's segment size, and only who got it can acknowledge it.</summary>
internal readonly struct SynCookies(SipHash key)
{
    /// <summary>Minutes a cookie is valid, the one it was made in included.</summary>
    private const uint MostAge = 2;

    private const int MinuteShift = 24;
    private const uint DataMask = (1u << MinuteShift) - 1;

    /// <summary>What of the peer's SYN fits into the low bits of our time stamp: its shift, SACK, ECN.</summary>
    private const int TimestampBits = 6;

    private const uint NoScale = 0xF;
    private const uint SackBit = 1u << 4;

    private static ReadOnlySpan<ushort> SizesV4 => [536, 1300, 1440, 1460];

    private static ReadOnlySpan<ushort> SizesV6 => [1220, 1420, 1440, 8940];

    /// <summary>The initial sequence number that answers a SYN.</summary>
    public SeqNum Make(Instant now, in FourTuple tuple, SeqNum irs, int mss)
    {
        ReadOnlySpan<ushort> sizes = tuple.IsV6 ? SizesV6 : SizesV4;
        uint index = (uint)sizes.Length - 1;
        while (index > 0 && mss < sizes[(int)index])
        {
            index--;
        }

        uint minute = Minute(now);
        return new(unchecked(Mix(tuple, 0, 0) + irs.Value + (minute << MinuteShift) + ((Mix(tuple, minute, 1) + index) & DataMask)));
    }

    /// <summary>The segment size in a cookie; 0 if it is none of ours, or too old.</summary>
    public int Check(Instant now, in FourTuple tuple, SeqNum irs, SeqNum cookie)
    {
        uint rest = unchecked(cookie.Value - Mix(tuple, 0, 0) - irs.Value);
        uint minute = Minute(now);
        uint age = unchecked(minute - (rest >> MinuteShift)) & 0xFF;
        if (age >= MostAge)
        {
            return 0;
        }

        uint index = unchecked(rest - Mix(tuple, minute - age, 1)) & DataMask;
        ReadOnlySpan<ushort> sizes = tuple.IsV6 ? SizesV6 : SizesV4;
        return index < sizes.Length ? sizes[(int)index] : 0;
    }

    /// <summary>The TSval of the SYN-ACK: not later than the clock, its low bits telling the options.</summary>
    /// <param name="clock">Our clock of milliseconds, without the connection's offset.</param>
    /// <param name="syn">The options the peer offered.</param>
    public static uint EncodeOptions(uint clock, in TcpOptionSet syn)
    {
        uint options = syn.Has(TcpOptionPresence.WindowScale) ? Math.Min(syn.WindowScale, (byte)14) : NoScale;
        options |= syn.Has(TcpOptionPresence.SackPermitted) ? SackBit : 0;
        uint value = (clock >> TimestampBits << TimestampBits) | options;
        return value > clock ? value - (1u << TimestampBits) : value;
    }

    /// <summary>The options that the echoed value tells.</summary>
    public static void DecodeOptions(uint clock, ref TcpOptionSet options)
    {
        if ((clock & SackBit) != 0)
        {
            options.Present |= TcpOptionPresence.SackPermitted;
        }

        if ((clock & NoScale) != NoScale)
        {
            options.Present |= TcpOptionPresence.WindowScale;
            options.WindowScale = (byte)(clock & NoScale);
        }
    }

    private static uint Minute(Instant now) => (uint)(now.Ticks / TimeSpan.TicksPerMinute);

    private uint Mix(in FourTuple tuple, uint minute, uint round)
    {
        IpAddress local = tuple.Local, remote = tuple.Remote;
        ulong ports = ((ulong)tuple.LocalPort << 16) | tuple.RemotePort | (tuple.IsV6 ? 1UL << 32 : 0);
        ulong first = key.Hash(local.High, local.Low, remote.High, remote.Low, ports);
        return (uint)key.Hash(first, ((ulong)minute << 1) | round);
    }
}

/// <content>SYN cookies: a SYN is answered and forgotten; the acknowledgment brings the connection back.</content>
internal sealed partial class TcpHost
{
    /// <summary>Acknowledgments are looked at for cookies so long after the last one was sent (Linux: TCP_SYNCOOKIE_VALID).</summary>
    private static readonly TimeSpan CookieValid = TimeSpan.FromMinutes(2);

    private readonly TcpEndpoint _cookieEndpoint = new();

    private void SendCookie(Instant now, TcpEndpoint listener, in FourTuple tuple, uint hash, in TcpSegment segment, in RouteCache route)
    {
        scoped TcpSegment syn = segment;
        if (!_host.Settings.Tcp.Timestamps || !syn.Options.Has(TcpOptionPresence.Timestamps))
        {
            syn.Options.Present &= ~(TcpOptionPresence.WindowScale | TcpOptionPresence.SackPermitted); // there is no place to remember them
        }

        TcpEndpoint child = _cookieEndpoint;            // lent to the packet's writer; nothing is kept
        child.Options = listener.Options;
        child.Tuple = tuple;
        child.Hash = hash;
        OpenParameters parameters = ParametersFor(now, child, route);
        parameters.Iss = _cookies.Make(now, tuple, syn.Seq, syn.Options.Has(TcpOptionPresence.Mss) ? syn.Options.Mss : 536);
        TcpConnection.PlanCookie(now, _host.Settings.Tcp, parameters, syn, child.Options.ReceiveBuffer, child.Options.WindowClamp, out SegmentPlan plan);
        if (plan.Options.Has(TcpOptionPresence.Timestamps))
        {
            plan.Options.TsVal = unchecked(SynCookies.EncodeOptions(unchecked(plan.Options.TsVal - parameters.TimestampOffset), syn.Options) + parameters.TimestampOffset);
        }

        Emit(now, child, connection: null, plan);
        listener.Listen!.CookieSentAt = now;
        _counters.SynCookiesSent++;
        child.Options = StreamOptions.Default;
    }

    /// <summary>An acknowledgment without a connection: true if it was that of a cookie and needs no reset.</summary>
    private bool TakeCookie(Instant now, TcpEndpoint listener, in FourTuple tuple, uint hash, in TcpSegment segment)
    {
        ListenQueue queue = listener.Listen!;
        if (_settings.SynCookies == 0 || queue.CookieSentAt.IsNever || now - queue.CookieSentAt > CookieValid)
        {
            return false;
        }

        SeqNum irs = segment.Seq - 1, cookie = segment.Ack - 1;
        int mss = _cookies.Check(now, tuple, irs, cookie);
        if (mss == 0)
        {
            _counters.SynCookiesFailed++;
            return false;
        }

        ref RouteCache route = ref RouteOf(tuple);
        if (queue.IsAcceptFull || route.Via is null)
        {
            CountListenDrop(queue);
            _counters.ListenOverflows += queue.IsAcceptFull ? 1 : 0;
            _host.Counters.Drop(queue.IsAcceptFull ? DropReason.TcpBacklogFull : DropReason.NoRoute, queue.AcceptCount, queue.Backlog);
            return true; // the peer sends its text again; until then nothing is said, as on Linux
        }

        _counters.SynCookiesReceived++;
        TcpEndpoint child = NewChild(listener, tuple, hash);
        TcpConnection connection = NewConnection(child);
        ApplyOptions(now, child);
        OpenParameters parameters = ParametersFor(now, child, route);
        parameters.Iss = cookie;
        scoped TcpSegment syn = default;
        syn.Seq = irs;
        syn.Flags = TcpFlags.Syn;
        syn.RawWindow = segment.RawWindow;
        syn.PacketNumber = segment.PacketNumber;
        syn.Options.Present = TcpOptionPresence.Mss;
        syn.Options.Mss = (ushort)mss;
        if (segment.Options.Has(TcpOptionPresence.Timestamps))
        {
            syn.Options.Present |= TcpOptionPresence.Timestamps;
            syn.Options.TsVal = segment.Options.TsVal;
            SynCookies.DecodeOptions(unchecked(segment.Options.TsEcr - parameters.TimestampOffset), ref syn.Options);
        }

        connection.OpenFromCookie(now, parameters, syn);
        _counters.PassiveOpens++;
        HoldPort(child, child.ReuseBits);
        AddToTable(child);
        queue.AddHalfOpen(child);
        connection.OnSegment(now, segment);
        AfterInput(child);
        return true;
    }
}
