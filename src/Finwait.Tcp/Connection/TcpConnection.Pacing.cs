using System.Runtime.CompilerServices;

namespace Finwait.Tcp;

/// <content>How fast: the controller, the rate of departures, and whether the window is used.</content>
public sealed partial class TcpConnection
{
    private Pacing? Paced => _extras?.Pacing;

    /// <summary>TCP_CONGESTION: one of <see cref="CongestionControllers.Names"/>. Default: that of the settings. May change at any time: the window stays, and what the old controller knew is forgotten.</summary>
    /// <exception cref="ArgumentException">No such controller: the caller's mistake, which Linux answers with ENOENT.</exception>
    public string CongestionControl
    {
        get => _controller.Name;
        set
        {
            if (value == _controller.Name)
            {
                return;
            }

            _controller = CongestionControllers.Create(value);
            _window.Count = 0;
            SetUpPacing();
        }
    }

    /// <summary>SO_MAX_PACING_RATE: most octets that depart in a second; <see cref="long.MaxValue"/>, the default, leaves departures to the acknowledgments (and to a controller that paces).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative: a caller bug.</exception>
    public long MaxPacingRate
    {
        get => Paced?.MaxRate ?? long.MaxValue;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            if (value != MaxPacingRate)
            {
                (Extras.Pacing ??= new()).MaxRate = value;
                SetUpPacing();
            }
        }
    }

    /// <summary>Octets per second at which segments depart, or would (sk_pacing_rate); 0 while no round trip is known.</summary>
    private double PacingRate
    {
        get
        {
            double rate = _controller.PacingRate * (_mss + HeaderOctets);   // whole packets, as Linux counts for BBR
            if (rate <= 0 && _rtt.HasSample)
            {
                int percent = _window.Cwnd < _window.Ssthresh / 2 ? _settings.PacingSlowStartRatio : _settings.PacingAvoidanceRatio;
                rate = (double)_mss * Math.Max(_window.Cwnd, _sent.Count) / Math.Max(_rtt.SmoothedRtt.TotalSeconds, 1e-6) * percent / 100;
            }

            return Math.Min(rate, MaxPacingRate);
        }
    }

    private int HeaderOctets => _ipHeaderLength + HeaderLength + (_ts.IsOn ? TimestampOptionLength : 0);

    private void SetUpPacing()
    {
        bool paced = _controller.TakesOver || MaxPacingRate != long.MaxValue;
        if (paced || Paced is not null)
        {
            Extras.Pacing = paced ? Paced ?? new Pacing() : null;
        }
    }

    /// <summary>The first text after a pause: a controller that keeps a model of the path wants to know.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TellTransmitStart(Instant now)
    {
        _controller = _controller.ForOneConnection();
        _controller.OnEvent(CongestionEvent.TransmitStart, _window, Facts(now));
    }

    /// <summary>
    /// After what could be sent was sent: did the window limit it (Linux: tcp_cwnd_validate)? If it did not for the time of a timeout, half of
    /// what was not used is given up (RFC 2861 §3.2).
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ValidateWindow(Instant now)
    {
        _window.Validate(now, InFlight >= _window.Cwnd || (_work & Work.BurstWaits) != 0, _sent.Count, _snd.UnaOffset, _snd.NxtOffset);
        _work &= ~Work.BurstWaits;
        if (SendRoom == 0 && Unsent == 0 && _sent.Count > 0)
        {
            NoteBufferLimit(now, isLimited: true);
        }

        if (!_window.MayGrow && _settings.SlowStartAfterIdle && _window.UnusedFor(now) >= _rtt.Rto && !_controller.TakesOver)
        {
            _window.GiveUpUnused(now, _settings.InitialWindow, isLimitedByApplication: Phase == RecoveryPhase.Open && SendRoom > 0);
        }
    }

    /// <summary>X-5681-7: after an idle time longer than the timeout the window is not trusted.</summary>
    private void RestartAfterIdle(Instant now)
    {
        if (_settings.SlowStartAfterIdle && _sent.Count == 0 && _stats.LastDataSent > 0)
        {
            long idle = now.Ticks - _stats.LastDataSent;
            long rto = _rtt.Rto.Ticks;
            if (idle > rto)
            {
                if (!_window.InSlowStart)
                {
                    _controller = _controller.ForOneConnection();
                    _controller.OnEvent(CongestionEvent.WindowRestart, _window, Facts(now));
                }

                int restart = Math.Min(_settings.InitialWindow, _window.Cwnd);
                _window.Ssthresh = Math.Max(_window.Ssthresh, (_window.Cwnd >> 1) + (_window.Cwnd >> 2));
                while (idle > rto && _window.Cwnd > restart)
                {
                    _window.Cwnd >>= 1;
                    idle -= rto;
                }

                _window.Cwnd = Math.Max(_window.Cwnd, restart);
                _window.Count = 0;
                _window.OnRestart(now);
            }
        }
    }

    /// <summary>True if a segment may depart now.</summary>
    private bool MayDepart(Instant now) => Paced is not { } pacing || pacing.MaySend(now);

    /// <summary>A segment with text departed.</summary>
    private void CountDeparture(Instant now, in SegmentPlan plan)
    {
        if (Paced is { } pacing)
        {
            pacing.OnSent(now, plan.PayloadLength + HeaderOctets, PacingRate, _stats.DataSegmentsOut);
        }
    }
}
