namespace Finwait.Tcp;

/// <summary>How much new text one segment may carry now: Nagle and silly-window avoidance (RFC 9293 §3.7.4, §3.8.6.2.1).</summary>
internal static class Segmenter
{
    /// <summary>What the sender knows when it asks.</summary>
    internal ref struct Facts
    {
        /// <summary>Octets queued and not sent.</summary>
        public int Unsent;

        /// <summary>Octets the peer's window still takes; may be negative.</summary>
        public int Usable;

        /// <summary>Largest text of a segment.</summary>
        public int Mss;

        /// <summary>Largest window ever seen: the measure of a silly one.</summary>
        public uint MaxWindow;

        /// <summary>Nothing is in flight.</summary>
        public bool IsIdle;

        /// <summary>A segment below full size is in flight (Minshall's form of Nagle's rule).</summary>
        public bool HasSmallInFlight;

        public bool NoDelay;

        /// <summary>The application said that more comes at once.</summary>
        public bool MoreComing;

        /// <summary>FIN follows the text: the last segment is not held back.</summary>
        public bool FinFollows;

        /// <summary>Urgent text is not acknowledged yet: nothing of it, nor behind it, is held back, as on Linux.</summary>
        public bool IsUrgent;

        /// <summary>The override timer fired: send what fits.</summary>
        public bool Override;
    }

    /// <summary>Octets to put into the next segment; 0 to wait.</summary>
    public static int Choose(in Facts facts)
    {
        int fits = Math.Min(Math.Min(facts.Unsent, facts.Mss), facts.Usable);
        if (fits <= 0)
        {
            return 0;
        }

        if (fits == facts.Mss || facts.Override)
        {
            return fits;
        }

        if (fits < facts.Unsent)
        {
            // The window cuts the segment: only if it is a good part of the largest window there ever was (Fs = 1/2).
            return fits >= facts.MaxWindow / 2 ? fits : 0;
        }

        if (facts.FinFollows || facts.IsUrgent)
        {
            return fits;
        }

        if (facts.MoreComing)
        {
            return 0;
        }

        return facts.NoDelay || !facts.HasSmallInFlight || facts.IsIdle ? fits : 0;
    }
}
