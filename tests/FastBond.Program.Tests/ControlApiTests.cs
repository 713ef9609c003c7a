using System.Net;
using System.Text;
using FastBond.Core.Bonds;

namespace FastBond.Program.Tests;

/// <summary>The control API as any HTTP client meets it.</summary>
public sealed class ControlApiTests
{
    [Theory]
    [InlineData(Errno.ENODEV, HttpStatusCode.NotFound)]
    [InlineData(Errno.EBUSY, HttpStatusCode.Conflict)]
    [InlineData(Errno.EEXIST, HttpStatusCode.Conflict)]
    [InlineData(Errno.ENOTEMPTY, HttpStatusCode.Conflict)]
    [InlineData(Errno.EINVAL, HttpStatusCode.BadRequest)]
    [InlineData(Errno.EPERM, HttpStatusCode.BadRequest)]
    [InlineData(Errno.EACCES, HttpStatusCode.BadRequest)]
    public async Task AnOutcomeHasItsStatus(Errno error, HttpStatusCode status)
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        daemon.Engine.Answer = new Outcome(error, "a \"reason\" in 'bond0'");
        using HttpClient http = daemon.Http();
        using HttpResponseMessage response = await http.DeleteAsync("/v1/bonds/bond0", TestContext.Current.CancellationToken);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal($$"""{"error":"{{error}}","message":"a \"reason\" in 'bond0'"}""", await BodyAsync(response));
    }

    [Theory]
    [InlineData("POST", "/v1/bonds", """{"name":"b"}""", "add b [] [] take_down=False force=False")]
    [InlineData(
        "POST", "/v1/bonds", """{"name":"b","options":{"mode":1,"fail-over-mac":"active"},"slaves":["x","y"],"take_down":true,"force":true}""",
        "add b [mode=1 fail_over_mac=active] [x,y] take_down=True force=True")]
    [InlineData("PATCH", "/v1/bonds/b", """{"miimon":100,"arp_ip_target":"+192.0.2.1","miimon":"50"}""", "set b [miimon=100 arp_ip_target=+192.0.2.1 miimon=50]")]
    [InlineData("PATCH", "/v1/bonds/b", "{}", "set b []")]
    [InlineData("PATCH", "/v1/bonds/b/slaves/x", """{"prio":-3}""", "set b x [prio=-3]")]
    [InlineData("PUT", "/v1/bonds/b/slaves/x", "", "enslave b [x] take_down=False force=False []")]
    [InlineData(
        "PUT", "/v1/bonds/b/slaves/x,y", """{"take_down":true,"options":{"queue_id":2}}""", "enslave b [x,y] take_down=True force=False [queue_id=2]")]
    [InlineData("DELETE", "/v1/bonds/b/slaves/x", "", "release b [x]")]
    [InlineData("DELETE", "/v1/bonds/b", "", "delete b")]
    public async Task AChangeIsAskedOfTheEngine(string method, string path, string body, string call)
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        using HttpResponseMessage response = await SendAsync(daemon, method, path, body);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(["start", call], daemon.Engine.Calls);
    }

    [Theory]
    [InlineData("POST", "/v1/bonds", "")]
    [InlineData("POST", "/v1/bonds", "null")]
    [InlineData("POST", "/v1/bonds", "{}")]
    [InlineData("POST", "/v1/bonds", """{"name":null}""")]
    [InlineData("POST", "/v1/bonds", """{"name":"b","slave":["x"]}""")]
    [InlineData("POST", "/v1/bonds", """{"name":"b","slaves":[null]}""")]
    [InlineData("POST", "/v1/bonds", """{"name":"b","slaves":"x"}""")]
    [InlineData("PATCH", "/v1/bonds/b", """["miimon",100]""")]
    [InlineData("PATCH", "/v1/bonds/b", """{"miimon":null}""")]
    [InlineData("PATCH", "/v1/bonds/b", """{"miimon":{}}""")]
    [InlineData("PATCH", "/v1/bonds/b", """{"miimon":1""")]
    [InlineData("PATCH", "/v1/bonds/b", "miimon=100")]
    [InlineData("PUT", "/v1/bonds/b/slaves/x", "take_down")]
    public async Task AMalformedBodyIsEinvalAndChangesNothing(string method, string path, string body)
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        using HttpResponseMessage response = await SendAsync(daemon, method, path, body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith("""{"error":"EINVAL","message":"body: """, await BodyAsync(response), StringComparison.Ordinal);
        Assert.Equal(["start"], daemon.Engine.Calls);
    }

    [Fact]
    public async Task AnEndlessBodyIsRefused()
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        using HttpResponseMessage response = await SendAsync(daemon, "PATCH", "/v1/bonds/b", $$"""{"primary":"{{new string('x', 100_000)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.StartsWith("""{"error":"EINVAL",""", await BodyAsync(response), StringComparison.Ordinal);
        Assert.Equal(["start"], daemon.Engine.Calls);
    }

    [Theory]
    [InlineData("GET", "/", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v1/bonds/b/slaves", HttpStatusCode.NotFound)]
    [InlineData("POST", "/metrics", HttpStatusCode.MethodNotAllowed)]
    public async Task WhatTheApiDoesNotHaveIsSaid(string method, string path, HttpStatusCode status)
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        using HttpResponseMessage response = await SendAsync(daemon, method, path, "");
        Assert.Equal(status, response.StatusCode);
        Assert.Equal($$"""{"error":"EOPNOTSUPP","message":"the control API has no {{method}} {{path}}"}""", await BodyAsync(response));
    }

    [Fact]
    public async Task StateIsReadInItsThreeForms()
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        daemon.Engine.Bonds.Add("bond0");
        (string, string, string)[] forms =
        [
            ("/v1/bonds", "application/json", "[\"bond0\"]\n"),
            ("/v1/bonds/bond0", "application/json", "[\"bond0\"]\n"),
            ("/v1/text/bond0", "text/plain; charset=utf-8", "text of bond0\n"),
            ("/v1/text/bond0?why", "text/plain; charset=utf-8", "text of bond0 with reasons\n"),
            ("/metrics", "text/plain; version=0.0.4; charset=utf-8", "node_bonding_slaves{master=\"bond0\"} 2\n"),
        ];
        foreach ((string path, string type, string body) in forms)
        {
            await CheckAsync(daemon, path, type, body);
        }
    }

    private static async Task CheckAsync(RunningDaemon daemon, string path, string type, string body)
    {
        using HttpResponseMessage response = await SendAsync(daemon, "GET", path, "");
        Assert.Equal((HttpStatusCode.OK, type), (response.StatusCode, response.Content.Headers.ContentType?.ToString()));
        Assert.Equal(body, await BodyAsync(response));
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningDaemon daemon, string method, string path, string body)
    {
        using HttpClient http = daemon.Http();
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        if (body.Length > 0)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static Task<string> BodyAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
