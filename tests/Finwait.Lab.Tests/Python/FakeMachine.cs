using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab.Tests;

/// <summary>A host without a network: calls are answered by what the test says.</summary>
internal sealed class FakeMachine : ILabMachine, ISocketCalls
{
    private int _next;

    public string Name => "romeo";

    public Instant Now { get; set; }

    public long Epoch => 1_795_219_200_000_000;

    public ISocketCalls Sockets => this;

    public LabFiles Files { get; } = new();

    /// <summary>Calls made, in words.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Answers by the name of the call; without an entry a call succeeds.</summary>
    public Dictionary<string, Errno> Answers { get; } = [];

    /// <summary>What the next Receive calls give; an empty array is the end of the stream; without an entry EAGAIN.</summary>
    public Queue<byte[]> Incoming { get; } = new();

    /// <summary>Room for Send; EAGAIN when used up.</summary>
    public int SendRoom { get; set; } = int.MaxValue;

    public bool Resolve(string name, out IpAddress address)
    {
        address = name == "localhost" ? IpAddress.FromV4(127, 0, 0, 1) : default;
        return name == "localhost" || IpAddress.TryParse(name, out address);
    }

    private Errno Answer(string call, string text)
    {
        Calls.Add(text);
        return Answers.GetValueOrDefault(call);
    }

    public Errno Create(int family, int type, out int socket)
    {
        socket = _next++;
        return Answer("socket", $"socket({family}, {type}) = {socket}");
    }

    public Errno Bind(int socket, LabEndpoint address) => Answer("bind", $"bind({socket}, {address})");

    public Errno Listen(int socket, int backlog) => Answer("listen", $"listen({socket}, {backlog})");

    public Errno Connect(int socket, LabEndpoint address) => Answer("connect", $"connect({socket}, {address})");

    public Errno ConnectResult(int socket) => Answers.GetValueOrDefault("result");

    public Errno ConnectOutcome(int socket) => Answers.GetValueOrDefault("result");

    public bool IsReady(int socket, bool write) => true;

    public Errno Accept(int socket, out int accepted, out LabEndpoint peer)
    {
        peer = new LabEndpoint(IpAddress.FromV4(10, 10, 1, 100), 40000);
        Errno errno = Answers.GetValueOrDefault("accept");
        accepted = errno == Errno.None ? _next++ : -1;
        return errno;
    }

    public Errno Send(int socket, ReadOnlySpan<byte> data, bool urgent, out int sent)
    {
        sent = Math.Min(data.Length, SendRoom);
        SendRoom -= sent;
        Errno errno = Answers.GetValueOrDefault("send");
        Calls.Add($"send({socket}, {sent} of {data.Length})");
        return errno != Errno.None ? errno : sent == 0 && data.Length > 0 ? Errno.EAGAIN : Errno.None;
    }

    public Errno Receive(int socket, Span<byte> buffer, ReceiveFlags flags, out int received)
    {
        received = 0;
        if (Answers.TryGetValue("recv", out Errno errno))
        {
            return errno;
        }

        if (!Incoming.TryDequeue(out byte[]? data))
        {
            return Errno.EAGAIN;
        }

        received = Math.Min(data.Length, buffer.Length);
        data.AsSpan(0, received).CopyTo(buffer);
        return Errno.None;
    }

    public Errno SendTo(int socket, ReadOnlySpan<byte> data, int flags, LabEndpoint to, out int sent)
    {
        sent = data.Length;
        return Answer("sendto", $"sendto({socket}, {data.Length}, {to})");
    }

    public Errno ReceiveFrom(int socket, Span<byte> buffer, bool peek, out int received, out LabEndpoint from)
    {
        from = new LabEndpoint(IpAddress.FromV4(10, 10, 1, 100), 5000);
        return Receive(socket, buffer, peek ? ReceiveFlags.Peek : ReceiveFlags.None, out received);
    }

    public Errno Shutdown(int socket, int how) => Answer("shutdown", $"shutdown({socket}, {how})");

    public Errno Close(int socket, out LingeringClose lingering)
    {
        lingering = default;
        return Close(socket);
    }

    public Errno Close(int socket) => Answer("close", $"close({socket})");

    public Errno SetOption(int socket, int level, int name, ReadOnlySpan<byte> value) => Answer("setsockopt", $"setsockopt({socket}, {level}, {name}, {Convert.ToHexStringLower(value)})");

    public Errno GetOption(int socket, int level, int name, out int value)
    {
        value = 1;
        return Answer("getsockopt", $"getsockopt({socket}, {level}, {name})");
    }

    public Errno GetOption(int socket, int level, int name, Span<byte> value, out int length)
    {
        length = Math.Min(value.Length, 4);
        "\u0001\0\0\0"u8[..length].CopyTo(value);
        return Answer("getsockopt", $"getsockopt({socket}, {level}, {name})");
    }

    public Errno GetLocal(int socket, out LabEndpoint address)
    {
        address = new LabEndpoint(IpAddress.AnyV4, 0);
        return Errno.None;
    }

    public Errno GetPeer(int socket, out LabEndpoint address)
    {
        address = default;
        return Errno.ENOTCONN;
    }
}
