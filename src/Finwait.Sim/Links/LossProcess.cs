namespace Finwait.Sim;

/// <summary>Runs a <see cref="LossModel"/>: one question for each frame.</summary>
internal sealed class LossProcess(SeededRandom random)
{
    private enum State : byte
    {
        GapReceived,
        BurstReceived,
        BurstLost,
        GapLost,
    }

    private Chance _chance = new(random);
    private bool _isBad;
    private State _state;

    /// <summary>True if the model loses this frame.</summary>
    public bool Loses(in LossModel model) => model.Kind switch
    {
        LossKind.Random => _chance.Happens(model.P, model.R),
        LossKind.GilbertElliott => LosesGilbertElliott(model),
        LossKind.FourState => LosesFourState(model),
        _ => false,
    };

    private bool LosesGilbertElliott(in LossModel model)
    {
        // The frame is judged by the state that was, then the state may change: as netem does.
        if (!_isBad)
        {
            _isBad = Draw(model.P);
            return Draw(model.GoodLoss);
        }

        _isBad = !Draw(model.R);
        return Draw(model.BadLoss);
    }

    private bool LosesFourState(in LossModel model)
    {
        double drawn = random.NextUInt32() / 4294967296.0;
        (double p13, double p31, double p32, double p23, double p14) = (model.P, model.R, model.BadLoss, model.GoodLoss, model.Isolated);
        _state = _state switch
        {
            State.GapReceived => drawn < p14 ? State.GapLost : drawn < p14 + p13 ? State.BurstLost : State.GapReceived,
            State.BurstReceived => drawn < p23 ? State.BurstLost : State.BurstReceived,
            State.BurstLost => drawn < p32 ? State.BurstReceived : drawn < p32 + p31 ? State.GapReceived : State.BurstLost,
            _ => State.GapReceived, // a single loss is over after one frame
        };
        return _state is State.BurstLost or State.GapLost;
    }

    private bool Draw(double probability) => probability != 0 && random.NextUInt32() <= Chance.Threshold(probability);
}
