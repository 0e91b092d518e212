using Finwait.Stack;

namespace Finwait.Sim;

/// <summary>A host in a network: its source in the event queue, and the links its interfaces send to.</summary>
internal sealed class HostNode(Host host, int source)
{
    private Link?[] _links = new Link?[4];

    public Host Host { get; } = host;

    public int Source { get; } = source;

    public Link? LinkOf(Interface via) => via.Index < _links.Length ? _links[via.Index] : null;

    public void Attach(Interface via, Link link)
    {
        if (via.Index >= _links.Length)
        {
            Array.Resize(ref _links, via.Index * 2);
        }

        _links[via.Index] = link;
    }
}

/// <summary>Where a cable ends: an interface of a host, or a port of a switch.</summary>
internal struct LinkEnd
{
    public HostNode? Node;
    public Interface? Interface;
    public Switch? Switch;
    public int Port;

    public readonly string Name => Switch is { } across ? $"{across.Name}:{Port}" : $"{Node!.Host.Name}:{Interface!.Name}";

    public readonly void Attach(Link outgoing)
    {
        Node?.Attach(Interface!, outgoing);
        Switch?.Attach(Port, outgoing);
    }
}
