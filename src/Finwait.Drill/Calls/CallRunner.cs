using System.Globalization;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Drill;

/// <summary>The system calls of a script, done with the packet port's.</summary>
internal sealed partial class CallRunner(PacketPort port, DrillConfig config, DrillRun run)
{
    private readonly Dictionary<long, int> _handles = [];
    private readonly Dictionary<long, long> _flags = [];
    private int _line;
    private Pending? _pending;

    /// <summary>The host's handle of the socket with the lowest number in the script, or −1.</summary>
    public int FirstHandle => _handles.Count == 0 ? -1 : _handles.MinBy(pair => pair.Key).Value;

    /// <summary>A call that has not returned: a script has one thread.</summary>
    /// <param name="Call">The port's.</param>
    /// <param name="Line">Where it stands.</param>
    /// <param name="Action">What the script says of it.</param>
    /// <param name="End">When it must return, microseconds of script time.</param>
    /// <param name="Check">Looks at its result.</param>
    private sealed record Pending(PortCall Call, int Line, CallAction Action, long End, Action<PortCall> Check);

    /// <param name="line">Where the call stands.</param>
    /// <param name="action">The call.</param>
    /// <param name="end">When it must return, microseconds of script time, or −1 for at once.</param>
    public void Run(int line, CallAction action, long end)
    {
        FinishPending();
        _line = line;
        switch (action.Name)
        {
            case "socket": Socket(action); break;
            case "bind": Bind(action); break;
            case "listen": Simple(action, port.Listen(Handle(action, 0), (int)Number(action, 1))); break;
            case "accept" or "accept4": Accept(action, end); break;
            case "connect": Connect(action, end); break;
            case "read" or "recv" or "recvfrom" or "readv" or "recvmsg": Receive(action, end); break;
            case "write" or "send" or "sendto" or "writev" or "sendmsg": Send(action, end); break;
            case "close": Close(action, end); break;
            case "shutdown": Simple(action, port.Shutdown(Handle(action, 0), (ShutdownHow)Number(action, 1))); break;
            case "setsockopt": SetOption(action); break;
            case "getsockopt": GetOption(action); break;
            case "fcntl": Fcntl(action); break;
            case "ioctl": Ioctl(action); break;
            case "poll": Poll(action, end); break;
            case "epoll_create" or "epoll_create1": EpollCreate(action); break;
            case "epoll_ctl": EpollControl(action); break;
            case "epoll_wait" or "epoll_pwait": EpollWait(action, end); break;
            case "getsockname" or "getpeername": GetName(action); break;
            case "sendfile" or "splice" or "pipe" or "open" or "cap_set" or "tee" or "vmsplice" or "sendmmsg" or "recvmmsg" or "mmap" or "eventfd" or "select" or "ppoll":
                throw new DrillNeed(line, $"{action.Name}()");
            default:
                throw new DrillFault(line, $"there is no system call {action.Name}()");
        }
    }

    /// <summary>Waits for the call that has not returned, until its time and no longer.</summary>
    public void FinishPending()
    {
        if (_pending is not { } pending)
        {
            return;
        }

        _pending = null;
        _line = pending.Line;
        run.AdvanceUntilDone(pending.Call, Math.Max(pending.End, run.Now) + config.ToleranceMicroseconds);
        if (!pending.Call.IsDone)
        {
            throw Fault(pending.Action, $"expected to return at {DrillRun.Seconds(pending.End)} sec but it waits still");
        }

        long returned = DrillRun.ToScript(pending.Call.CompletedAt);
        if (Math.Abs(returned - pending.End) > config.ToleranceMicroseconds)
        {
            throw Fault(pending.Action, $"timing error: expected system call return at {DrillRun.Seconds(pending.End)} sec but happened at {DrillRun.Seconds(returned)} sec; tolerance {DrillRun.Seconds(config.ToleranceMicroseconds)} sec");
        }

        pending.Check(pending.Call);
    }

    /// <summary>A call that may wait: checked now, or when its time has come.</summary>
    private void Await(CallAction action, PortCall call, long end, Action<PortCall> check)
    {
        if (end >= 0)
        {
            _pending = new Pending(call, _line, action, end, check);
            return;
        }

        if (!call.IsDone)
        {
            throw Fault(action, "the call does not return at once");
        }

        check(call);
    }

    private void Socket(CallAction action)
    {
        long family = Argument(action, 0) is EllipsisExpression ? config.Version == IpVersion.V4 ? 2 : 10 : Number(action, 0);
        long type = Number(action, 1);
        long protocol = action.Arguments.Count > 2 ? Number(action, 2) : 0;
        bool isStream = (type & 0xF) == 1;
        if (protocol is not (0 or 6 or 17) || (type & 0xF) is not (1 or 2) || family is not (2 or 10))
        {
            throw new DrillNeed(_line, protocol == 262 ? "MPTCP" : $"sockets of family {family}, type {type & 0xF}, protocol {protocol}");
        }

        int handle = protocol == (isStream ? 17 : 6)
            ? -(int)Errno.EPROTONOSUPPORT
            : port.Socket((AddressFamily)family, isStream ? SocketType.Stream : SocketType.Datagram, (type & 0x800) == 0);
        NewHandle(action, handle, type & 0x800);
    }

    /// <summary>The script's number of a socket stands for the host's from now on.</summary>
    private void NewHandle(CallAction action, int handle, long flags)
    {
        if (handle < 0)
        {
            Check(action, -1, (Errno)(-handle));
            return;
        }

        if (action.Result is EllipsisExpression)
        {
            return;
        }

        long number = Value(action.Result);
        if (number < 0)
        {
            throw Fault(action, $"Expected result {number} but got a socket");
        }

        if (!_handles.TryAdd(number, handle))
        {
            throw Fault(action, $"the script has a socket {number} already");
        }

        _flags[number] = flags;
    }

    private void Bind(CallAction action)
    {
        int handle = Handle(action, 0);
        SocketAddress address = Address(action, 1, config.Local, config.BindPort, handle);
        Errno error = port.Bind(handle, address);
        if (error == Errno.None && port.GetLocal(handle, out SocketAddress bound) == Errno.None)
        {
            run.OnBound(bound.Port);
        }

        Simple(action, error);
    }

    private void Accept(CallAction action, long end)
    {
        long flags = action.Name == "accept4" ? Number(action, 3) : 0;
        PortCall call = port.Accept(Handle(action, 0), (flags & 0x800) == 0);
        Await(action, call, end, done =>
        {
            if (done.Errno != Errno.None)
            {
                Check(action, -1, done.Errno);
                return;
            }

            run.OnAccept(done.Value, done.Peer.Port);
            NewHandle(action, done.Value, flags & 0x800);
        });
    }

    private void Connect(CallAction action, long end)
    {
        int handle = Handle(action, 0);
        SocketAddress address = Address(action, 1, config.Remote, config.ConnectPort, handle);
        if (config.LocalPort != 0 && port.GetLocal(handle, out SocketAddress unbound) == Errno.None && unbound.Port == 0)
        {
            port.Bind(handle, new SocketAddress(Any(handle), config.LocalPort));
        }

        bool isFirst = !_connecting.Contains(handle);
        PortCall call = port.Connect(handle, address);
        if (isFirst && port.GetLocal(handle, out SocketAddress local) == Errno.None && local.Port != 0 && (!call.IsDone || call.Errno is Errno.None or Errno.EINPROGRESS))
        {
            _connecting.Add(handle);
            run.OnConnect(handle, local.Port, Unmapped(address.Address), address.Port);
        }

        Await(action, call, end, done => Check(action, done.Value, done.Errno));
    }

    private readonly HashSet<int> _connecting = [];

    private void Close(CallAction action, long end)
    {
        long number = Value(Argument(action, 0));
        PortCall call = port.Close(Handle(action, 0));
        if (call.Errno == Errno.None && _handles.Remove(number, out int handle))
        {
            _connecting.Remove(handle);
        }

        Await(action, call, end, done => Check(action, done.Value, done.Errno));
    }

    private void Poll(CallAction action, long end)
    {
        IReadOnlyList<DrillExpression> list = (Argument(action, 0) as ListExpression)?.Items ?? throw Fault(action, "expected a list of {fd=…, events=…, revents=…}");
        var asked = new PortEvent[list.Count];
        for (int i = 0; i < asked.Length; i++)
        {
            StructExpression item = list[i] as StructExpression ?? throw Fault(action, "expected {fd=…, events=…, revents=…}");
            long number = Value(Member(action, item, "fd"));
            asked[i] = new PortEvent(number < 0 ? -1 : _handles.GetValueOrDefault(number, int.MaxValue), (uint)Value(Member(action, item, "events")));
        }

        CheckCount(action, 1, list.Count);
        PortCall call = port.Poll(asked, (int)Number(action, 2));
        Await(action, call, end, done =>
        {
            Check(action, done.Value, done.Errno);
            for (int i = 0; i < list.Count; i++)
            {
                Expect(action, "revents", Member(action, (StructExpression)list[i], "revents"), done.Events[i].Events);
            }
        });
    }

    private void EpollCreate(CallAction action) => NewHandle(action, port.EpollCreate(), 0);

    private void EpollControl(CallAction action)
    {
        var watched = Argument(action, 3) as StructExpression;
        long socket = Number(action, 2);
        uint events = watched is null ? 0 : (uint)Value(Member(action, watched, "events"));
        DrillExpression? data = watched?["fd"] ?? watched?["ptr"] ?? watched?["u32"] ?? watched?["u64"];
        PortEvent entry = new(data is null or EllipsisExpression ? socket : Value(data), events);
        Simple(action, port.EpollControl(Handle(action, 0), (EpollOperation)Number(action, 1), Handle(action, 2), entry));
    }

    private void EpollWait(CallAction action, long end)
    {
        PortCall call = port.EpollWait(Handle(action, 0), (int)Number(action, 2), (int)Number(action, 3));
        IReadOnlyList<DrillExpression> expected = Argument(action, 1) switch
        {
            ListExpression list => list.Items,
            StructExpression one => [one],
            _ => [],
        };
        Await(action, call, end, done =>
        {
            Check(action, done.Value, done.Errno);
            for (int i = 0; i < done.Events.Count && i < expected.Count; i++)
            {
                if (expected[i] is StructExpression item)
                {
                    Expect(action, "events", Member(action, item, "events"), done.Events[i].Events);
                    if ((item["fd"] ?? item["ptr"] ?? item["u32"] ?? item["u64"]) is { } data)
                    {
                        Expect(action, "fd", data, done.Events[i].Socket);
                    }
                }
            }
        });
    }

    private void GetName(CallAction action)
    {
        int handle = Handle(action, 0);
        Errno error = action.Name == "getsockname" ? port.GetLocal(handle, out SocketAddress address) : port.GetPeer(handle, out address);
        Simple(action, error);
        if (error == Errno.None && Argument(action, 1) is StructExpression expected)
        {
            DrillExpression? number = expected["sin_port"] ?? expected["sin6_port"];
            if (number is FunctionExpression { Name: "htons" } inner)
            {
                Expect(action, "sin_port", inner.Arguments[0], address.Port);
            }

            if (expected["sin_addr"] is FunctionExpression { Arguments: [TextExpression text] } && IpAddress.TryParse(text.Value, out IpAddress wanted) && wanted != Unmapped(address.Address))
            {
                throw Fault(action, $"Expected address {wanted} but got {address.Address}");
            }
        }
    }

    /// <summary>How many there are in a list, which the call says in another argument.</summary>
    private void CheckCount(CallAction action, int index, int actual)
    {
        if (Argument(action, index) is not EllipsisExpression && Number(action, index) != actual)
        {
            throw Fault(action, string.Create(CultureInfo.InvariantCulture, $"the count is {Number(action, index)}, but the list has {actual}"));
        }
    }

    private void Simple(CallAction action, Errno error) => Check(action, error == Errno.None ? 0 : -1, error);

    private DrillFault Fault(CallAction action, string message) => new(_line, $"runtime error in {action.Name} call: {message}");

    /// <summary>Compares what the call returned with what the script says, in packetdrill's words.</summary>
    private void Check(CallAction action, long value, Errno error)
    {
        if (action.Result is EllipsisExpression)
        {
            return;
        }

        long expected = Value(action.Result);
        long actual = error == Errno.None ? value : -1;
        if (expected != actual)
        {
            string why = error == Errno.None ? "" : string.Create(CultureInfo.InvariantCulture, $" with errno {(int)error} ({SymbolTable.TextOf(error)})");
            throw Fault(action, string.Create(CultureInfo.InvariantCulture, $"Expected result {expected} but got {actual}{why}"));
        }

        if (action.Errno is { } name)
        {
            Errno wanted = SymbolTable.ErrnoOf(name);
            if (wanted == Errno.None)
            {
                throw new DrillFault(_line, $"unknown errno {name}");
            }

            if (wanted != error)
            {
                throw Fault(action, string.Create(CultureInfo.InvariantCulture, $"Expected errno {(int)wanted} ({SymbolTable.TextOf(wanted)}) but got {(int)error} ({SymbolTable.TextOf(error)})"));
            }
        }
    }

    private void Expect(CallAction action, string what, DrillExpression expected, long actual)
    {
        if (expected is EllipsisExpression)
        {
            return;
        }

        long wanted = Value(expected);
        if (wanted != actual)
        {
            throw Fault(action, string.Create(CultureInfo.InvariantCulture, $"Expected {what} {wanted} (0x{wanted:x}) but got {actual} (0x{actual:x})"));
        }
    }
}
