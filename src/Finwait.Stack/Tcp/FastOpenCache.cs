using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>What clients of this host remember of servers for Fast Open: cookie and segment size by pair of addresses (RFC 7413 §4.1.3).</summary>
/// <remarks>At most <see cref="Capacity"/> servers; a new one takes the place of the one that was asked for least recently.</remarks>
internal sealed class FastOpenCache
{
    /// <summary>Servers remembered.</summary>
    public const int Capacity = 1024;

    private readonly Dictionary<(IpAddress Local, IpAddress Remote), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();

    /// <summary>Servers remembered now.</summary>
    public int Count => _entries.Count;

    /// <summary>What to put into a SYN: the cookie, or a request in the form of option that is to be tried; and the peer's segment size, 0 if not known.</summary>
    public FastOpenCookie Find(IpAddress local, IpAddress remote, out int mss)
    {
        mss = 0;
        if (!_entries.TryGetValue((local, remote), out LinkedListNode<Entry>? node))
        {
            return default;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        mss = node.Value.Mss;
        return node.Value.Cookie.Length > 0 ? node.Value.Cookie : node.Value.Cookie.In(node.Value.Form == OptionForm.TryExperimental);
    }

    /// <summary>Keeps what a SYN-ACK told.</summary>
    public void Learn(IpAddress local, IpAddress remote, in FastOpenAnswer answer)
    {
        if (!_entries.TryGetValue((local, remote), out LinkedListNode<Entry>? node))
        {
            node = _entries.Count < Capacity ? new(new()) : Evict();
            node.Value = new() { Local = local, Remote = remote };
            _entries.Add((local, remote), node);
            _byUse.AddFirst(node);
        }

        Entry entry = node.Value;
        entry.Mss = answer.Mss;
        if (answer.Cookie.Length > 0)
        {
            entry.Cookie = answer.Cookie;
        }
        else if (answer.IsRefused && entry.Cookie.Length == 0 && entry.Form != OptionForm.Current)
        {
            // As Linux: the form that the option had before it got its kind is tried once; then it is the current one for good.
            entry.Form = entry.Form == OptionForm.Unknown ? OptionForm.TryExperimental : OptionForm.Current;
        }
    }

    private LinkedListNode<Entry> Evict()
    {
        LinkedListNode<Entry> oldest = _byUse.Last!;
        _byUse.RemoveLast();
        _entries.Remove((oldest.Value.Local, oldest.Value.Remote));
        return oldest;
    }

    private enum OptionForm : byte
    {
        Unknown,
        TryExperimental,
        Current,
    }

    private sealed class Entry
    {
        public IpAddress Local;
        public IpAddress Remote;
        public FastOpenCookie Cookie;
        public int Mss;
        public OptionForm Form;
    }
}
