using System.Globalization;

namespace Finwait.Sim.Tests;

public class LinkSettingsTests
{
    // Every line was given to tc (iproute2 6.1.0: tc qdisc add dev … root netem …), which takes it too.
    [Theory]
    [InlineData("", "limit 1000")]
    [InlineData("delay 10ms", "limit 1000 delay 10ms")]
    [InlineData("latency 1ms", "limit 1000 delay 1ms")]
    [InlineData("delay 10ms 2ms", "limit 1000 delay 10ms 2ms")]
    [InlineData("delay 10ms 2ms 25%", "limit 1000 delay 10ms 2ms 25%")]
    [InlineData("delay 100us 20usec distribution normal", "limit 1000 delay 100us 20us distribution normal")]
    [InlineData("delay 1.5s 1000ms distribution uniform", "limit 1000 delay 1500ms 1s")]
    [InlineData("delay 1ms 1ms distribution paretonormal", "limit 1000 delay 1ms 1ms distribution paretonormal")]
    [InlineData("loss 1%", "limit 1000 loss 1%")]
    [InlineData("loss 1", "limit 1000 loss 1%")]
    [InlineData("loss 0.3% 25%", "limit 1000 loss 0.3% 25%")]
    [InlineData("loss random 100%", "limit 1000 loss 100%")]
    [InlineData("drop 1%", "limit 1000 loss 1%")]
    [InlineData("loss 0%", "limit 1000")]
    [InlineData("loss gemodel 1%", "limit 1000 loss gemodel 1% 99% 100% 0%")]
    [InlineData("loss gemodel 1% 10% 70% 0.1%", "limit 1000 loss gemodel 1% 10% 70% 0.1%")]
    [InlineData("loss state 1%", "limit 1000 loss state 1% 99% 0% 100% 0%")]
    [InlineData("loss state 1% 2% 3% 4% 5%", "limit 1000 loss state 1% 2% 3% 4% 5%")]
    [InlineData("loss 1% ecn", "limit 1000 loss 1% ecn")]
    [InlineData("corrupt 0.1%", "limit 1000 corrupt 0.1%")]
    [InlineData("duplicate 1% 5%", "limit 1000 duplicate 1% 5%")]
    [InlineData("delay 10ms reorder 25% 50% gap 5", "limit 1000 delay 10ms reorder 25% 50% gap 5")]
    [InlineData("reorder 25% delay 10ms", "limit 1000 delay 10ms reorder 25%")]
    [InlineData("rate 10mbit", "limit 1000 rate 10mbit")]
    [InlineData("rate 1500", "limit 1000 rate 1500bit")]
    [InlineData("rate 1mbps", "limit 1000 rate 8mbit")]
    [InlineData("rate 1MBPS", "limit 1000 rate 8mbit")]
    [InlineData("rate 1kibit", "limit 1000 rate 1024bit")]
    [InlineData("rate 1.5Gbit", "limit 1000 rate 1500mbit")]
    [InlineData("rate 5kbit 20 100 5", "limit 1000 rate 5kbit 20 100 5")]
    [InlineData("rate 1mbit -14", "limit 1000 rate 1mbit -14")]
    [InlineData("limit 5 delay 1ms", "limit 5 delay 1ms")]
    public void TryParse_NetemsWords_GiveTheSettings(string text, string expected)
    {
        Assert.True(LinkSettings.TryParse(text, out LinkSettings settings, out string error), error);
        Assert.Equal("", error);

        Assert.Equal(expected, settings.ToString());
        Assert.Equal(settings, LinkSettings.Parse(settings.ToString()));
    }

    [Theory]
    [InlineData("bogus", "unknown word 'bogus'")]
    [InlineData("delay", "delay: a time is missing")]
    [InlineData("delay 10", "delay: '10' is no time; right is for instance 10ms")]
    [InlineData("delay ms", "delay: 'ms' is no time")]
    [InlineData("delay -1ms", "delay: '-1ms' is no time")]
    [InlineData("delay 1e3ms", "delay: '1e3ms' is no time")]
    [InlineData("delay 2000000s", "delay: '2000000s' is no time")]
    [InlineData("delay 10ms 2", "delay's jitter: '2' is no time")]
    [InlineData("delay 10 ms", "delay: '10' is no time")]
    [InlineData("delay 10ms delay 20ms", "'delay' is given twice")]
    [InlineData("loss", "loss: a percentage is missing")]
    [InlineData("loss 101%", "loss: '101%' is no percentage from 0% to 100%")]
    [InlineData("loss -1%", "loss: '-1%' is no percentage")]
    [InlineData("loss 1% 200%", "correlation or probability: '200%' is no percentage")]
    [InlineData("loss gemodel", "loss gemodel: a percentage is missing")]
    [InlineData("loss gemodel 1% 2% 3% 4% 5%", "unknown word '5%'")]
    [InlineData("reorder 25%", "reorder needs a delay")]
    [InlineData("delay 1ms gap 5", "gap needs reorder")]
    [InlineData("delay 1ms reorder 1% gap 0", "gap: '0' is no whole number from 1")]
    [InlineData("distribution normal", "distribution needs a delay with jitter")]
    [InlineData("delay 1ms 1ms distribution foo", "distribution: 'foo' is none of uniform")]
    [InlineData("ecn", "ecn needs loss")]
    [InlineData("limit x", "limit: 'x' is no whole number from 1 to 1000000")]
    [InlineData("limit 0", "limit: '0' is no whole number from 1")]
    [InlineData("limit", "limit: a number is missing")]
    [InlineData("rate", "rate: '' is no rate")]
    [InlineData("rate 10xbit", "rate: '10xbit' is no rate; right is for instance 10mbit")]
    [InlineData("rate 0", "rate: '0' is no rate")]
    [InlineData("rate 1mbit 0 48 -48", "rate: cells of no length")]
    [InlineData("slot 1ms", "'slot' is not supported")]
    public void TryParse_Mistakes_AreNamed(string text, string expected)
    {
        Assert.False(LinkSettings.TryParse(text, out LinkSettings settings, out string error));

        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.Equal(LinkSettings.Perfect, settings);
        Assert.Equal(error, Assert.Throws<FormatException>(() => LinkSettings.Parse(text)).Message);
    }

    // Whatever settings there are, their words give them back.
    [Fact]
    public void ToString_RandomSettings_ReadBack()
    {
        Random random = new(2);
        for (int round = 0; round < 2000; round++)
        {
            List<string> words = [];
            void Maybe(string word)
            {
                if (random.Next(2) == 0)
                {
                    words.Add(word);
                }
            }

            string Percent() => string.Create(CultureInfo.InvariantCulture, $"{random.Next(0, 1_000_001) / 10_000m}%");
            bool hasDelay = random.Next(2) == 0;
            words.Add(hasDelay ? $"delay {random.Next(1, 5_000)}ms {random.Next(1, 1_000_000)}us {Percent()}" : "");
            Maybe($"loss {Percent()} {Percent()}");
            Maybe($"corrupt {Percent()}");
            Maybe($"duplicate {Percent()} {Percent()}");
            Maybe($"rate {random.Next(1, int.MaxValue)}bit {random.Next(-20, 20)} {random.Next(100, 200)} {random.Next(-5, 5)}");
            Maybe($"limit {random.Next(1, 100_000)}");
            Maybe(hasDelay ? $"distribution {(DelayDistribution)random.Next(4)}".ToLowerInvariant() : "");
            LinkSettings settings = LinkSettings.Parse(string.Join(' ', words));

            Assert.Equal(settings, LinkSettings.Parse(settings.ToString()));
        }
    }
}
