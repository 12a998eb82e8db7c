using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mend.Sharding;
using Microsoft.AspNetCore.Http;

namespace Mend.Gateway;

/// <summary>How bodies are written and read.</summary>
internal static class Json
{
    /// <summary>Snake case; fields that are not known are passed over.</summary>
    public static readonly JsonSerializerOptions Options = Configure(new JsonSerializerOptions());

    /// <summary>The same settings on options of somebody else's.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.MaxDepth = 64;

        // Text stays readable; none of it is ever put into a page as it stands.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        return options;
    }

    /// <summary>Reads a request's body.</summary>
    /// <exception cref="RequestException">It is no JSON, or not the JSON that is wanted.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new RequestException(
                ErrorKinds.NotJson, $"The body's content type is '{context.Request.ContentType ?? "none"}'; application/json is wanted.", "Content-Type");
        }

        try
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            ReadOnlySpan<byte> json = body.GetBuffer().AsSpan(0, (int)body.Length);
            CheckTexts(json);
            return JsonSerializer.Deserialize<T>(json, Options)
                ?? throw new RequestException(ErrorKinds.InvalidRequest, "The body is null; a JSON object is wanted.");
        }
        catch (JsonException wrong)
        {
            string path = wrong.Path is null or "$" ? "" : wrong.Path.TrimStart('$', '.');
            throw new RequestException(
                ErrorKinds.InvalidRequest,
                $"The body is not the JSON that is wanted: {(path.Length > 0 ? $"'{path}' has a value of another kind, or is cut off" : "it is no JSON object, or is cut off")} "
                    + $"(line {(wrong.LineNumber ?? 0) + 1}). /openapi/v1.json describes it.",
                path.Length > 0 ? path : null);
        }
    }

    /// <summary>Reads a request's body; no body says nothing.</summary>
    /// <exception cref="RequestException">It is no JSON, or not the JSON that is wanted.</exception>
    public static async Task<T> ReadOrNothingAsync<T>(HttpContext context)
        where T : new() =>
        context.Request is { ContentLength: > 0 } or { ContentLength: null, ContentType: not null } ? await ReadAsync<T>(context) : new T();

    /// <summary>Some parts of a body are read late; whether its texts are text is found out before.</summary>
    /// <exception cref="RequestException">One is not.</exception>
    private static void CheckTexts(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = Options.MaxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                {
                    reader.GetString();
                }
            }
        }
        catch (InvalidOperationException)
        {
            throw new RequestException(ErrorKinds.InvalidRequest, $"The body holds bytes or escapes at {reader.TokenStartIndex} that are no Unicode text; send UTF-8.");
        }
    }
}
