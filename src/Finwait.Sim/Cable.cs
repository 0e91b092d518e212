namespace Finwait.Sim;

/// <summary>Two links, one for each direction.</summary>
public sealed class Cable
{
    private readonly Network _network;

    internal Cable(Network network, Link aToB, Link bToA)
    {
        _network = network;
        AToB = aToB;
        BToA = bToA;
    }

    /// <summary>From the end named first to the other.</summary>
    public Link AToB { get; }

    /// <summary>From the end named second to the first.</summary>
    public Link BToA { get; }

    /// <summary>True while both directions are cut.</summary>
    public bool IsCut => AToB.IsCut && BToA.IsCut;

    /// <summary>Gives both directions the same settings; frames under way keep their times.</summary>
    public void SetBoth(LinkSettings settings)
    {
        AToB.Settings = settings;
        BToA.Settings = settings;
    }

    /// <summary>Cuts both directions: what is under way is lost, and what comes until <see cref="Heal"/>.</summary>
    public void Cut()
    {
        AToB.Cut(_network.Now);
        BToA.Cut(_network.Now);
    }

    /// <summary>Holds what is under way in both directions, and what comes, until <see cref="Heal"/>.</summary>
    public void Hold()
    {
        AToB.IsHeld = true;
        BToA.IsHeld = true;
    }

    /// <summary>Ends cuts and holds; what was held arrives at once.</summary>
    public void Heal()
    {
        AToB.Heal();
        BToA.Heal();
        AToB.IsHeld = false;
        BToA.IsHeld = false;
    }
}
