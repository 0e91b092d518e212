using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>Joins what the host knows of its sockets with the processes that hold them: the rows of ss and lsof.</summary>
internal static class LabSocketRows
{
    public static IReadOnlyList<SsRow> Of(LabHost host)
    {
        var users = new Dictionary<int, List<SocketUser>>();
        foreach (LabProcess process in host.Processes)
        {
            foreach ((int descriptor, int socket) in process.Sockets)
            {
                if (!users.TryGetValue(socket, out List<SocketUser>? list))
                {
                    users[socket] = list = [];
                }

                list.Add(new SocketUser(process.Command, process.Pid, descriptor));
            }
        }

        Instant now = host.Now;
        return host.Stack.Sockets.Snapshot(now).Select(row => Row(row, users, now)).ToList();
    }

    private static SsRow Row(SocketRow row, Dictionary<int, List<SocketUser>> users, Instant now) => new()
    {
        Kind = row.Type == SocketType.Stream ? SsKind.Tcp : SsKind.Udp,
        State = row.State,
        Local = row.Local.Address,
        LocalPort = row.Local.Port,
        Peer = row.Peer.Address,
        PeerPort = row.Peer.Port,
        ReceiveQueue = row.ReceiveQueue,
        SendQueue = row.SendQueue,
        Form = row.IsRequest ? SsRowForm.Request : row.IsTimeWait ? SsRowForm.TimeWait : SsRowForm.Full,
        IsDualStack = row.IsDualStack,
        Users = row.Handle >= 0 && users.TryGetValue(row.Handle, out List<SocketUser>? held) ? held : [],
        Timer = row.Timer,
        TimerRemaining = row.TimerExpires.IsNever ? TimeSpan.Zero : row.TimerExpires - now,
        TimerCount = row.TimerCount,
        Info = row.Info ?? (row.State == TcpState.Listen ? Listener(row) : null),
        Memory = row.Memory is { } memory ? Memory(memory) : null,
        Inode = row.Inode,
        Cookie = row.Inode,
        ReceiveShut = row.IsReceiveShut,
        SendShut = row.IsSendShut,
    };

    private static SsMemory Memory(in SocketMemory memory) => new()
    {
        ReceiveAllocated = memory.ReceiveAllocated, ReceiveLimit = memory.ReceiveLimit, SendLimit = memory.SendLimit, Forward = memory.Forward, SendQueued = memory.SendQueued, Dropped = memory.Dropped,
    };

    /// <summary>What <c>ss -i</c> tells of a listener: its congestion control, the first window and the queue.</summary>
    private static TcpInfo Listener(SocketRow row) => new() { State = TcpState.Listen, CongestionControl = "cubic", CongestionWindow = 10, SlowStartThreshold = int.MaxValue, Unacked = (int)row.ReceiveQueue };
}
