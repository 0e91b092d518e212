namespace Finwait.Stack;

/// <summary>The open sockets by handle. A new one gets the lowest number that is free, as POSIX wants it.</summary>
internal sealed class HandleTable
{
    private readonly PriorityQueue<int, int> _free = new();
    private Socket?[] _sockets = new Socket?[16];
    private int _next;

    /// <summary>Open sockets.</summary>
    public int Count => _next - _free.Count;

    /// <summary>The socket with this handle, or null.</summary>
    public Socket? this[int handle] => (uint)handle < (uint)_next ? _sockets[handle] : null;

    /// <summary>Gives a socket the lowest free handle.</summary>
    public int Add(Socket socket)
    {
        if (!_free.TryDequeue(out int handle, out _))
        {
            if (_next == _sockets.Length)
            {
                Array.Resize(ref _sockets, _next * 2);
            }

            handle = _next++;
        }

        _sockets[handle] = socket;
        socket.Handle = handle;
        return handle;
    }

    /// <summary>Takes the handle away from a socket.</summary>
    public void Remove(Socket socket)
    {
        _sockets[socket.Handle] = null;
        _free.Enqueue(socket.Handle, socket.Handle);
        socket.Handle = -1;
    }
}
