namespace Finwait.Tcp;

/// <summary>The search for the largest packet that the path carries (RFC 4821 §7.3, with the variables' names of that document).</summary>
internal sealed class PathProbing
{
    /// <summary>No larger packet is tried, octets of IP packet.</summary>
    public int SearchHigh;

    /// <summary>Packets of this size are known to arrive, or are thought so small that they do; octets of IP packet.</summary>
    public int SearchLow;

    /// <summary>Size of the packet that is being tried; 0 for none.</summary>
    public int ProbeSize;

    /// <summary>Stream offset where the probe begins.</summary>
    public long ProbeStart;

    /// <summary>And where it ends.</summary>
    public long ProbeEnd;

    /// <summary>When this search began.</summary>
    public Instant Since;

    /// <summary>The same values.</summary>
    public PathProbing Copy() => (PathProbing)MemberwiseClone();

    /// <summary>The probe did not arrive where others did: the path carries less.</summary>
    public void Fail()
    {
        SearchHigh = ProbeSize - 1;
        ProbeSize = 0;
    }
}
