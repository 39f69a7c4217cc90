import { z } from 'zod';

const objectBody = z.object({ metadata: z.looseObject({}) });
const listBody = objectBody.extend({ items: z.array(objectBody) });

/** What the answer to a request is, in the form that its Accept header asks for: whole, or the metadata alone. */
export function inForm(body: object, accept: string | undefined): object {
  if (accept?.includes('as=PartialObjectMetadataList') === true) {
    const list = listBody.safeParse(body);
    if (!list.success) return body;
    const { metadata, items } = list.data;
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: META,
      metadata,
      items: items.map((item) => partial(item.metadata)),
    };
  }
  const object =
    accept?.includes('as=PartialObjectMetadata') === true ? objectBody.safeParse(body) : undefined;
  return object?.success === true ? partial(object.data.metadata) : body;
}

const META = 'meta.k8s.io/v1';

function partial(metadata: object): object {
  return { kind: 'PartialObjectMetadata', apiVersion: META, metadata };
}
