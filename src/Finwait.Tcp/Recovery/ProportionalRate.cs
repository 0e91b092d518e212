namespace Finwait.Tcp;

/// <summary>Proportional Rate Reduction (RFC 9937), in segments.</summary>
internal struct ProportionalRate
{
    private int _recoverFs;
    private int _delivered;
    private int _out;

    /// <summary>Recovery begins.</summary>
    /// <param name="recoverFs">Segments outstanding less those already reported as received.</param>
    public void Start(int recoverFs)
    {
        _recoverFs = Math.Max(recoverFs, 1);
        _delivered = 0;
        _out = 0;
    }

    /// <summary>A segment went out during recovery.</summary>
    public void OnSent() => _out++;

    /// <summary>cwnd for an acknowledgment that delivered <paramref name="delivered"/> segments.</summary>
    /// <param name="delivered">Segments newly acknowledged or reported.</param>
    /// <param name="inFlight">Segments thought to be in the network.</param>
    /// <param name="ssthresh">The target.</param>
    /// <param name="isSafe">SND.UNA moved and no further loss is indicated.</param>
    public int OnAck(int delivered, int inFlight, int ssthresh, bool isSafe)
    {
        _delivered += delivered;
        int send;
        if (inFlight > ssthresh)
        {
            send = (int)((((long)_delivered * ssthresh) + _recoverFs - 1) / _recoverFs) - _out;
        }
        else
        {
            send = Math.Max(_delivered - _out, delivered) + (isSafe ? 1 : 0);
            send = Math.Min(ssthresh - inFlight, send);
        }

        // The first retransmission always goes.
        send = Math.Max(send, _out == 0 ? 1 : 0);
        return inFlight + Math.Max(send, 0);
    }
}
