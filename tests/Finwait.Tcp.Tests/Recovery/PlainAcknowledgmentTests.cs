namespace Finwait.Tcp.Tests;

/// <summary>
/// Most acknowledgments take a short way through the engine. What it leaves behind is compared with what the long way leaves, which the same
/// acknowledgments take when they carry an empty SACK block: it says nothing (RFC 2018), but it is looked at.
/// </summary>
public sealed class PlainAcknowledgmentTests
{
    // SHLD-15, X-6298-3: samples, timer and delivery rate, whatever the acknowledgment covers.
    [Theory, OnEveryWire]
    public void ShortWay_SegmentsAndPartsOfThem_LeavesWhatTheLongWayLeaves(string wire)
    {
        for (int seed = 1; seed <= 12; seed++)
        {
            var pair = new Pair(wire, seed);
            pair.Exchange(60);
            pair.Lose();
        }
    }

    // The same after losses and probes: what recovery has learnt stays, and the next loss finds it.
    [Theory, OnEveryWire]
    public void ShortWay_AfterTrouble_LeavesWhatTheLongWayLeaves(string wire)
    {
        for (int seed = 1; seed <= 12; seed++)
        {
            var pair = new Pair(wire, seed);
            for (int i = 0; i < 4; i++)
            {
                pair.Lose();
                pair.Exchange(20);
            }
        }
    }

    /// <summary>Two connections that hear the same words, but for the empty block.</summary>
    private sealed class Pair
    {
        private readonly ScriptedPeer _plain;
        private readonly ScriptedPeer _looked;
        private readonly Random _random;
        private double _time;
        private int _una = 1;
        private int _nxt = 1;

        public Pair(string wire, int seed)
        {
            TcpSettings settings = PathPeer.Settings(s => s.TailLossProbe = true);
            _plain = PathPeer.Open(wire, 0, roundTrip: 0.05, settings: settings);
            _looked = PathPeer.Open(wire, 0, roundTrip: 0.05, settings: settings);
            _random = new Random(seed);
        }

        /// <summary>Text in small pieces at any time, acknowledged at any octet: never so much that the congestion window counts.</summary>
        public void Exchange(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                while (_nxt - _una < 2500 && _random.Next(3) > 0)
                {
                    Send(_random.Next(1, 1500));
                    Pass(_random.Next(12) / 1000.0);
                }

                Pass(_random.Next(1, 40) / 1000.0);
                if (_nxt > _una)
                {
                    Acknowledge(_random.Next(2) == 0 ? _nxt - _una : _random.Next(1, _nxt - _una + 1), " <sack 1:1>");
                }
            }

            Acknowledge(_nxt - _una, " <sack 1:1>");
        }

        /// <summary>The first of some segments is lost; now and then all of them, until the timer.</summary>
        public void Lose()
        {
            Send(3500);
            Pass(0.03);
            if (_random.Next(2) == 0)
            {
                In($"[.] 1 ack {_una} <sack {_una + 1000}:{_una + 3500}>", "");
                Pass(0.04);
            }
            else
            {
                Pass(_random.Next(200, 600) / 1000.0);
            }

            Acknowledge(_nxt - _una, "");
            Pass(0.1);
        }

        private void Send(int octets)
        {
            Assert.Equal(_looked.Send(octets), _plain.Send(octets));
            _nxt += octets;
        }

        private void Acknowledge(int octets, string block)
        {
            _una += octets;
            In($"[.] 1 ack {_una}", block);
        }

        private void In(string text, string block)
        {
            Assert.Equal(_looked.In(text + block), _plain.In(text));
            Same();
        }

        private void Pass(double seconds)
        {
            _time += seconds;
            Assert.Equal(_looked.RunUntil(_time), _plain.RunUntil(_time));
            Same();
        }

        private void Same()
        {
            Assert.Equal(_looked.Info(), _plain.Info());
            Assert.Equal((_looked.Tcp.NextDeadline, _looked.Tcp.SendRoom, _looked.TakeEvents()), (_plain.Tcp.NextDeadline, _plain.Tcp.SendRoom, _plain.TakeEvents()));
        }
    }
}
