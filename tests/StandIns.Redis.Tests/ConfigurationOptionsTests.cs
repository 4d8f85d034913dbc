using StackExchange.Redis;

namespace Dendrite.StandIns.Redis.Tests;

public sealed class ConfigurationOptionsTests
{
    [Fact]
    public void What_an_app_host_injects_is_understood()
    {
        var options = ConfigurationOptions.Parse("localhost:51234,password=p=w!,ssl=true");
        Assert.Equal("localhost:51234", EndPointCollection.ToString(Assert.Single(options.EndPoints)));
        Assert.Equal("p=w!", options.Password);
        Assert.True(options.Ssl);
        Assert.True(options.AbortOnConnectFail);
        Assert.Equal(5000, options.AsyncTimeout);
    }

    [Fact]
    public void Options_survive_the_way_through_text_and_the_password_is_hidden()
    {
        const string Text = "127.0.0.1:1,[::1]:2,name=n,user=u,password=p,abortConnect=False,asyncTimeout=7";
        var options = ConfigurationOptions.Parse(Text);
        Assert.Equal(Text, options.ToString(includePassword: true));
        Assert.Equal(Text, options.Clone().ToString(includePassword: true));
        Assert.Contains("password=*****", options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost,nonsense=1")]
    [InlineData("localhost,ssl=perhaps")]
    [InlineData("localhost,connectTimeout=soon")]
    [InlineData("local host")]
    [InlineData("localhost:99999")]
    public void What_does_not_parse_is_refused_by_name(string configuration) =>
        Assert.Throws<ArgumentException>(() => ConfigurationOptions.Parse(configuration));
}
