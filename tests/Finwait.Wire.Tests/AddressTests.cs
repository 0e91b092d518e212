namespace Finwait.Wire.Tests;

public class AddressTests
{
    [Theory]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("10.10.1.100", "10.10.1.100")]
    [InlineData("::", "::")]
    [InlineData("2001:DB8:0:0:0:0:0:1", "2001:db8::1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")]
    public void IpAddress_Text_ComesBackInItsShortForm(string text, string expected)
    {
        Assert.True(IpAddress.TryParse(text, out IpAddress address));
        Assert.Equal(expected, address.ToString());
        byte[] octets = new byte[16];
        Assert.Equal(address, IpAddress.Read(octets.AsSpan(0, address.Write(octets))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("01.2.3.4")]
    [InlineData(" 1.2.3.4")]
    [InlineData("1.2.3.-4")]
    [InlineData("1:2")]
    [InlineData("fe80::1%1")]
    [InlineData("[::1]")]
    [InlineData("::1/64")]
    [InlineData("romeo")]
    public void IpAddress_NoAddress_IsRefused(string text)
    {
        Assert.False(IpAddress.TryParse(text, out _));
        Assert.Throws<FormatException>(() => IpAddress.Parse(text));
    }

    [Theory]
    [InlineData("10.1.2.3", "10.1.255.255", 16, true)]
    [InlineData("10.1.2.3", "10.0.2.3", 16, false)]
    [InlineData("10.1.2.3", "99.0.0.1", 0, true)]
    [InlineData("10.1.2.3", "10.1.2.2", 32, false)]
    [InlineData("2001:db8::1", "2001:db8::2", 64, true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", 64, false)]
    [InlineData("2001:db8::1", "2001:db8::3", 126, true)]
    [InlineData("2001:db8::1", "2001:db8::3", 127, false)]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3", 0, false)]
    public void IpAddress_SharesPrefix_ComparesTheFirstBitsOfOneVersion(string a, string b, int length, bool expected)
    {
        Assert.Equal(expected, IpAddress.Parse(a).SharesPrefix(IpAddress.Parse(b), length));
    }

    [Fact]
    public void IpAddress_Default_IsNoAddressAndNotZero()
    {
        IpAddress none = default;

        Assert.True(none.IsNone);
        Assert.False(none.IsV4 || none.IsV6 || none.IsUnspecified);
        Assert.NotEqual(IpAddress.AnyV4, none);
        Assert.True(IpAddress.AnyV4.IsV4);
    }

    [Theory]
    [InlineData("02:00:00:00:01:64", "02:00:00:00:01:64", false)]
    [InlineData("2:0:0:0:1:64", "02:00:00:00:01:64", false)]
    [InlineData("FF:FF:FF:FF:FF:FF", "ff:ff:ff:ff:ff:ff", true)]
    [InlineData("33:33:00:00:00:01", "33:33:00:00:00:01", true)]
    public void MacAddress_Text_ComesBack(string text, string expected, bool isMulticast)
    {
        Assert.True(MacAddress.TryParse(text, out MacAddress address));
        Assert.Equal((expected, isMulticast), (address.ToString(), address.IsMulticast));
        byte[] octets = new byte[6];
        address.Write(octets);
        Assert.Equal(address, MacAddress.Read(octets));
    }

    [Theory]
    [InlineData("")]
    [InlineData("02:00:00:00:01")]
    [InlineData("02:00:00:00:01:64:00")]
    [InlineData("02:00:00:00:01:640")]
    [InlineData("02-00-00-00-01-64")]
    [InlineData("0g:00:00:00:01:64")]
    public void MacAddress_NoAddress_IsRefused(string text)
    {
        Assert.False(MacAddress.TryParse(text, out _));
    }
}
