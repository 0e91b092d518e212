using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>
/// One host driven from outside: IP packets in, IP packets out with the time they left, socket calls with POSIX results, and a clock that only the caller moves.
/// The same settings, calls and packets at the same times give the same packets.
/// </summary>
/// <remarks>
/// <para>The host has a loopback interface and one link of bare IP packets that everything else goes through. Not thread-safe.</para>
/// <para>After every call and every <see cref="Deliver"/> the packets that led to wait for <see cref="TryTransmit"/>; time passes only in <see cref="AdvanceTo"/>.</para>
/// </remarks>
public sealed partial class PacketPort
{
    /// <summary>Packets that may wait for <see cref="TryTransmit"/>; further ones are lost, as on a link whose queue is full.</summary>
    public const int QueueLimit = 1 << 16;

    private readonly Host _host;
    private readonly Interface _link;
    private readonly Queue<(Instant LeftAt, byte[] Packet)> _out = new();
    private readonly List<PortCall> _pending = [];
    private readonly Dictionary<int, PortSocket> _sockets = [];

    /// <summary>A host with no addresses but its loopback's.</summary>
    /// <param name="settings">Its settings; <see cref="HostSettings.Seed"/> decides everything that is random. They may be changed while it runs.</param>
    /// <param name="mtu">Largest IP packet of the link, octets: 68–65536. IPv6 needs 1280.</param>
    /// <exception cref="ArgumentOutOfRangeException">An MTU outside that range: a caller bug.</exception>
    public PacketPort(HostSettings settings, int mtu = 1500)
    {
        Interface.CheckMtu(mtu);
        _host = new Host(settings);
        _link = _host.AddPointToPoint("tun0", mtu);
        _link.TransmitQueueLimit = QueueLimit;
        _host.Routes.Add(IpAddress.AnyV4, 0, default, _link);
        _host.Routes.Add(IpAddress.AnyV6, 0, default, _link);
    }

    /// <summary>Its settings, which <see cref="SysctlTable"/> reads and writes by their Linux names.</summary>
    public HostSettings Settings => _host.Settings;

    /// <summary>The time; begins at zero.</summary>
    public Instant Now { get; private set; }

    /// <summary>When something happens without a packet or a call: a timer, or the end of a call that waits. <see cref="Instant.Never"/> if nothing will.</summary>
    public Instant NextDeadline
    {
        get
        {
            Instant next = _host.NextDeadline;
            foreach (PortCall call in _pending)
            {
                next = Instant.Earlier(next, call.Deadline);
            }

            return next;
        }
    }

    /// <summary>Packets that wait for <see cref="TryTransmit"/>.</summary>
    public int Waiting => _out.Count;

    /// <summary>Packets lost because <see cref="QueueLimit"/> of them waited.</summary>
    public long Lost { get; private set; }

    /// <summary>Largest IP packet of the link, octets.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 68–65536: a caller bug.</exception>
    public int Mtu
    {
        get => _link.Mtu;
        set => _link.Mtu = value;
    }

    /// <summary>Gives the host an address.</summary>
    /// <param name="address">A unicast address.</param>
    /// <param name="prefixLength">Bits of its subnet: 0–32 or 0–128.</param>
    /// <exception cref="ArgumentException">No unicast address, or one it has: a caller bug.</exception>
    public void AddAddress(IpAddress address, int prefixLength) => _link.AddAddress(address, prefixLength);

    /// <summary>Moves the clock, and runs on the way every timer that is due, at its own time and in order.</summary>
    /// <param name="time">Not before <see cref="Now"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time that has passed: a caller bug.</exception>
    public void AdvanceTo(Instant time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time.Ticks, Now.Ticks, nameof(time));
        Settle();
        for (Instant next = NextDeadline; next <= time && !next.IsNever; next = NextDeadline)
        {
            // A deadline that has passed runs now; one that stays where it is after that would run for ever.
            bool isStuck = next < Now;
            Now = Instant.Later(Now, next);
            _host.OnTimeout(Now);
            Settle();
            if (isStuck && NextDeadline == next)
            {
                break;
            }
        }

        Now = time;
    }

    /// <summary>A packet arrived from the link, now. The host keeps nothing of it; what it makes of bad bytes is to drop them.</summary>
    /// <param name="packet">An IPv4 or IPv6 packet.</param>
    public void Deliver(ReadOnlySpan<byte> packet)
    {
        Settle();
        _host.Receive(Now, _link, packet);
        Settle();
    }

    /// <summary>The next packet that the host sent to the link.</summary>
    /// <param name="leftAt">When it left.</param>
    /// <param name="packet">The packet; the caller's from now on.</param>
    /// <returns>False if none waits.</returns>
    public bool TryTransmit(out Instant leftAt, out byte[] packet)
    {
        bool found = _out.TryDequeue(out (Instant LeftAt, byte[] Packet) first);
        (leftAt, packet) = found ? first : (default, []);
        return found;
    }

    /// <summary>Collects what the host sends now and tries the calls that wait, until neither leads to anything more.</summary>
    private void Settle()
    {
        do
        {
            while (_host.PollTransmit(Now, out Interface? via, out PacketBuffer? frame))
            {
                if (via != _link || _out.Count >= QueueLimit)
                {
                    Lost++;
                }
                else
                {
                    _out.Enqueue((Now, frame.Span.ToArray()));
                }

                frame.Release();
            }

            while (_host.Sockets.PollReady(out int ready))
            {
                NoteReady(ready);
            }
        }
        while (TryPending());
    }

    private bool TryPending()
    {
        bool progress = false;
        for (int i = 0; i < _pending.Count; i++)
        {
            PortCall call = _pending[i];
            int before = call.Done;
            if (Try(call))
            {
                _pending.RemoveAt(i--);
            }

            progress |= call.IsDone || call.Done != before;
        }

        return progress;
    }
}
