using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FastBond.Core.Bonds;
using Microsoft.AspNetCore.Http;

namespace FastBond.Api;

/// <summary>How bodies are read and outcomes become answers.</summary>
internal static class Answers
{
    /// <summary>Content type of JSON.</summary>
    public const string Json = "application/json";

    /// <summary>Quotes and letters stay as they are, for people who read an answer.</summary>
    public static readonly ApiJson Readable =
        new(new JsonSerializerOptions(ApiJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Answers with a body.</summary>
    public static async Task WriteAsync(HttpContext context, string contentType, byte[] body)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body);
    }

    /// <summary>Answers with nothing, or with the refusal.</summary>
    public static Task AnswerAsync(HttpContext context, Outcome outcome, IReadOnlyList<string>? problems = null)
    {
        if (outcome.Success)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }

        int status = outcome.Error switch
        {
            Errno.ENODEV => StatusCodes.Status404NotFound,
            Errno.EBUSY or Errno.EEXIST or Errno.ENOTEMPTY => StatusCodes.Status409Conflict,
            _ => StatusCodes.Status400BadRequest,
        };
        return RefuseAsync(context, status, outcome, problems);
    }

    /// <summary>Answers with a refusal.</summary>
    public static async Task RefuseAsync(HttpContext context, int status, Outcome outcome, IReadOnlyList<string>? problems = null)
    {
        context.Response.StatusCode = status;
        ErrorBody error = new(outcome.Error.ToString(), outcome.Message, problems is { Count: > 0 } ? problems : null);
        await WriteAsync(context, Json, JsonSerializer.SerializeToUtf8Bytes(error, Readable.ErrorBody));
    }

    /// <summary>Reads a body.</summary>
    /// <exception cref="JsonException">It is none of that type.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type) =>
        await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted) ?? throw new JsonException("null is no body");
}
