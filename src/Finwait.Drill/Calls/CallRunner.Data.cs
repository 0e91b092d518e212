using Finwait.Stack;

namespace Finwait.Drill;

/// <content>Calls that move octets.</content>
internal sealed partial class CallRunner
{
    private const long ZeroCopy = 0x4000000;
    private const long ErrorQueue = 0x2000;
    private const long OutOfBand = 1;
    private const long Peek = 2;
    private const long FastOpen = 0x20000000;

    /// <summary>read(fd, …, n), recv(fd, …, n, flags), recvfrom(fd, …, n, flags, …), readv(fd, [{…, n}], k), recvmsg(fd, {…}, flags).</summary>
    private void Receive(CallAction action, long end)
    {
        long flags = action.Name switch
        {
            "recv" or "recvfrom" => Number(action, 3),
            "recvmsg" => Has(action, 2) ? Number(action, 2) : 0,
            _ => 0,
        };
        if ((flags & ErrorQueue) != 0)
        {
            throw new DrillNeed(_line, "the error queue of sockets (MSG_ERRQUEUE)");
        }

        int handle = Handle(action, 0);
        long length = LengthOf(action);
        if (length is < 0 or > 1 << 26)
        {
            Check(action, -1, Errno.EINVAL);
            return;
        }

        if (length > 0 && HasNoBuffer(action, 1))
        {
            // A wrong buffer is found when there is something to copy, which then stays where it is.
            PortCall peeked = port.Receive(handle, (int)length, (int)(flags & ~0x4000) | (int)Peek);
            Await(action, peeked, end, done => Check(action, done.Value > 0 ? -1 : done.Value, done.Value > 0 ? Errno.EFAULT : done.Errno));
            return;
        }

        PortCall call = port.Receive(handle, (int)length, (int)(flags & ~0x4000));
        Await(action, call, end, done =>
        {
            Check(action, done.Value, done.Errno);
            CheckText(action, done);
            CheckControl(action, handle);
        });
    }

    /// <summary>write(fd, …, n), send(fd, …, n, flags), sendto(fd, …, n, flags, address, …), writev(fd, [{…, n}], k), sendmsg(fd, {…}, flags).</summary>
    private void Send(CallAction action, long end)
    {
        long flags = action.Name switch
        {
            "send" or "sendto" => Number(action, 3),
            "sendmsg" => Has(action, 2) ? Number(action, 2) : 0,
            _ => 0,
        };
        if ((flags & ZeroCopy) != 0)
        {
            throw new DrillNeed(_line, "MSG_ZEROCOPY");
        }

        const long EndOfRecord = 0x80;
        foreach ((long bit, string name, string member) in (ReadOnlySpan<(long, string, string)>)[(FastOpen, "MSG_FASTOPEN", "FastOpen"), (EndOfRecord, "MSG_EOR", "EndOfRecord")])
        {
            if ((flags & bit) != 0 && !Enum.TryParse<SendFlags>(member, out _))
            {
                throw new DrillNeed(_line, name);
            }
        }

        int handle = Handle(action, 0);
        long length = LengthOf(action);
        if (length is < 0 or > 1 << 26)
        {
            Check(action, -1, Errno.EINVAL);
            return;
        }

        if (length > 0 && HasNoBuffer(action, 1))
        {
            // What is wrong with the socket is told first.
            PortCall? empty = (flags & FastOpen) != 0 ? null : port.Send(handle, Array.Empty<byte>(), (int)(flags & ~0x4000), default);
            Check(action, -1, empty is null or { IsDone: false } or { Errno: Errno.None } ? Errno.EFAULT : empty.Errno);
            return;
        }

        byte[] data = new byte[length];
        if (Argument(action, 1) is TextExpression text)
        {
            for (int i = 0; i < length && i < text.Value.Length; i++)
            {
                data[i] = (byte)text.Value[i];
            }
        }

        SocketAddress to = action.Name == "sendto" && Has(action, 4) && Argument(action, 4) is StructExpression or EllipsisExpression && Argument(action, 4) is not NumberExpression
            ? Address(action, 4, config.Remote, config.ConnectPort, handle)
            : default;
        PortCall call = port.Send(handle, data, (int)(flags & ~0x4000), to);
        if ((flags & FastOpen) != 0 || action.Name == "sendto")
        {
            LearnPort(handle, to);
        }

        Await(action, call, end, done => Check(action, done.Value, done.Errno));
    }

    private bool HasNoBuffer(CallAction action, int index) => Argument(action, index) is SymbolExpression { Name: "NULL" };

    /// <summary>A socket that sent without bind() or connect() has a port now.</summary>
    private void LearnPort(int handle, SocketAddress to)
    {
        if (_connecting.Add(handle) && port.GetLocal(handle, out SocketAddress local) == Errno.None && local.Port != 0 && !to.Address.IsNone)
        {
            run.OnConnect(handle, local.Port, Unmapped(to.Address), to.Port);
        }
    }

    private long LengthOf(CallAction action)
    {
        switch (action.Name)
        {
            case "readv" or "writev":
                CheckCount(action, 2, (Argument(action, 1) as ListExpression)?.Items.Count ?? 0);
                return VectorLength(Argument(action, 1));
            case "recvmsg" or "sendmsg":
                var message = Argument(action, 1) as StructExpression;
                return message?["msg_iov"] is { } vector ? VectorLength(vector) : 0;
            default:
                return Number(action, 2);
        }
    }

    private long VectorLength(DrillExpression vector)
    {
        long length = 0;
        foreach (DrillExpression item in (vector as ListExpression)?.Items ?? throw new DrillFault(_line, "expected a list of {…, length}"))
        {
            StructExpression part = item as StructExpression ?? throw new DrillFault(_line, "expected {…, length}");
            length += Value(part["iov_len"] ?? part.Members[^1].Value);
        }

        return length;
    }

    private void CheckText(CallAction action, PortCall done)
    {
        if (Argument(action, 1) is TextExpression expected && done.Value > 0)
        {
            string actual = string.Concat(done.Data.ToArray().Select(b => (char)b));
            if (actual != expected.Value)
            {
                throw Fault(action, $"Expected text \"{expected.Value}\" but got other octets");
            }
        }
    }

    /// <summary>The control messages of recvmsg(): TCP_CM_INQ is how much is left to read.</summary>
    private void CheckControl(CallAction action, int handle)
    {
        if (action.Name == "recvmsg" && (Argument(action, 1) as StructExpression)?["msg_flags"] is { } flags)
        {
            // TCP gives back that octets were urgent, and nothing else.
            Expect(action, "msg_flags", flags, Has(action, 2) ? Number(action, 2) & OutOfBand : 0);
        }

        if (action.Name != "recvmsg" || (Argument(action, 1) as StructExpression)?["msg_control"] is not ListExpression control)
        {
            return;
        }

        foreach (DrillExpression item in control.Items)
        {
            if (item is not StructExpression message || message["cmsg_type"] is not SymbolExpression { Name: "TCP_CM_INQ" or "TCP_INQ" })
            {
                throw new DrillNeed(_line, "control messages other than TCP_CM_INQ");
            }

            if (port.GetOption(handle, SocketOption.TcpInq, out int tells) != Errno.None || tells == 0)
            {
                throw Fault(action, "expected a control message, but TCP_INQ is off");
            }

            // Linux counts a FIN that was received as one octet more.
            port.GetReceiveQueue(handle, out int octets);
            port.GetInfo(handle, out Tcp.TcpInfo info);
            bool isAtEnd = octets == 0 && info.State is Tcp.TcpState.CloseWait or Tcp.TcpState.LastAck or Tcp.TcpState.Closing or Tcp.TcpState.TimeWait;
            Expect(action, "cmsg_data", Member(action, message, "cmsg_data"), isAtEnd ? 1 : octets);
        }
    }

    private void Fcntl(CallAction action)
    {
        const long GetFlags = 3, SetFlags = 4, ReadWrite = 2, NonBlocking = 0x800;
        int handle = Handle(action, 0);
        long number = Number(action, 0);
        switch (Number(action, 1))
        {
            case GetFlags:
                bool isOpen = port.GetOption(handle, SocketOption.Type, out _) == Errno.None;
                Check(action, ReadWrite | (port.IsBlocking(handle) ? 0 : NonBlocking), isOpen ? Errno.None : Errno.EBADF);
                break;
            case SetFlags:
                _flags[number] = Number(action, 2);
                Simple(action, port.SetBlocking(handle, (Number(action, 2) & NonBlocking) == 0));
                break;
            case 1 or 2:
                Check(action, 0, Errno.None);
                break;
            default:
                Check(action, -1, Errno.EINVAL);
                break;
        }
    }

    private void Ioctl(CallAction action)
    {
        const long InQueue = 0x541B, OutQueue = 0x5411, OutQueueNotSent = 0x894B, NonBlocking = 0x5421;
        int handle = Handle(action, 0);
        int octets = 0;
        Errno error;
        switch (Number(action, 1))
        {
            case InQueue:
                error = port.GetReceiveQueue(handle, out octets);
                break;
            case OutQueue:
                error = port.GetSendQueue(handle, out octets, out _);
                break;
            case OutQueueNotSent:
                error = port.GetSendQueue(handle, out _, out octets);
                break;
            case NonBlocking:
                Simple(action, port.SetBlocking(handle, Number(action, 2) == 0));
                return;
            default:
                throw new DrillNeed(_line, $"ioctl {(Argument(action, 1) is SymbolExpression symbol ? symbol.Name : "of that number")}");
        }

        Simple(action, error == Errno.ENOTCONN ? Errno.EINVAL : error);
        if (error == Errno.None)
        {
            Expect(action, "value", Argument(action, 2) is ListExpression { Items: [var one] } ? one : Argument(action, 2), octets);
        }
    }
}
